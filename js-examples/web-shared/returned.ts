// Where the platform returns to inside a frame: the page around it goes on. Opened by itself, it
// leads to the application.

export {};

if (window.parent === window) location.replace(`/${location.search}`);
else window.parent.postMessage({ returned: true }, location.origin);
