// Return page inside a frame: notifies the page around it. Opened outside a frame, it redirects to the
// application.

export {};

if (window.parent === window) location.replace(`/${location.search}`);
else window.parent.postMessage({ returned: true }, location.origin);
