import type { FindAllQuery, PageMetadata } from "./generated/contract.js";
import { SigningProcess } from "./process.js";
/** Which processes, in which order. */
export interface ListQuery extends Omit<FindAllQuery, "sort"> {
    /** `createdDate,asc` or `createdDate,desc`; newest first when absent. */
    sort?: string;
}
/** One page of the list. */
export interface ProcessListPage extends PageMetadata {
    processes: SigningProcess[];
}
/** Processes, asked for page by page as they are used. A process stands in it once. */
export declare class ProcessList implements AsyncIterable<SigningProcess> {
    #private;
    /** Page by page, from `page` of the query on. */
    pages(): AsyncGenerator<ProcessListPage, void, undefined>;
    /** One by one. */
    [Symbol.asyncIterator](): AsyncGenerator<SigningProcess, void, undefined>;
    /** The first ones, at most `limit`. */
    toArray(options: {
        limit: number;
    }): Promise<SigningProcess[]>;
}
