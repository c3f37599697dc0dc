import type { FindAllQuery, PageMetadata } from "./generated/contract.js";
import { SigningProcess } from "./process.js";
/** Filter and order of a list. */
export interface ListQuery extends Omit<FindAllQuery, "sort"> {
    /** `createdDate,asc` or `createdDate,desc` (default). */
    sort?: string | undefined;
}
/** One page of the list. */
export interface ProcessListPage extends PageMetadata {
    processes: SigningProcess[];
}
/** A list of processes, read page by page as it is iterated. Each process occurs once. */
export declare class ProcessList implements AsyncIterable<SigningProcess> {
    #private;
    /** The pages, starting with `page` of the query. */
    pages(): AsyncGenerator<ProcessListPage, void, undefined>;
    [Symbol.asyncIterator](): AsyncGenerator<SigningProcess, void, undefined>;
    /** The first `limit` processes. */
    toArray(options: {
        limit: number;
    }): Promise<SigningProcess[]>;
}
