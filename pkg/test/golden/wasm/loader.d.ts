/** A `WebAssembly.Module`, which only some TypeScript libraries declare. */
export interface WasmModule {
    readonly [Symbol.toStringTag]?: string | undefined;
}
/** A module provided by the caller, for hosts that do not allow compiling bytes. */
export type WasmSource = ArrayBuffer | ArrayBufferView | WasmModule | Response | Promise<Response>;
