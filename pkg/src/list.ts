// The list of processes: as an async iterable, page by page, or as an array.

import type { Connection } from "./connection.js";
import { configurationError } from "./environment.js";
import type { FindAllQuery, PageMetadata, ProcessPage } from "./generated/contract.js";
import { checkOptionNames, wrapMethods, readOptions } from "./arguments.js";
import type { CallOptions } from "./deadline.js";
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
export class ProcessList implements AsyncIterable<SigningProcess> {
  readonly #connection: Connection;
  readonly #query: ListQuery;
  readonly #options: CallOptions | null | undefined;

  /** @internal */
  constructor(connection: Connection, query?: ListQuery | null, options?: CallOptions | null) {
    this.#connection = connection;
    this.#query = readOptions("query", query);
    this.#options = options;
  }

  /** See `SigningProcess`. @internal */
  get [Symbol.toStringTag](): string {
    return "ProcessList";
  }

  /** The pages, starting with `page` of the query. */
  async *pages(): AsyncGenerator<ProcessListPage, void, undefined> {
    const { sort: order, page: from, ...rest } = this.#query;
    const [sort, first] = [order ?? undefined, from ?? 0];
    for (let page = first; ; page += 1) {
      const query = { ...rest, page, ...(sort === undefined ? {} : { sort: [sort] }) };
      const done = await this.#connection.call({
        operation: "findAll",
        input: query,
        options: this.#options,
      });
      const data = done.data as ProcessPage;
      const content = data.content ?? [];
      const processes = content.map((model) => SigningProcess.from(this.#connection, model));
      yield { ...data.page, number: data.page?.number ?? page, processes };
      const pages = data.page?.totalPages ?? data.totalPages;
      const more = pages === undefined ? data.last === false : page + 1 < pages;
      if (content.length === 0 || !more) return;
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SigningProcess, void, undefined> {
    // A process created during the iteration shifts others to the next page.
    const seen = new Set<string>();
    for await (const { processes } of this.pages()) {
      for (const process of processes) {
        if (seen.has(process.id)) continue;
        seen.add(process.id);
        yield process;
      }
    }
  }

  /** The first `limit` processes. */
  async toArray(options: { limit: number }): Promise<SigningProcess[]> {
    checkOptionNames("option", Object(options) as object, { limit: true });
    const { limit } = readOptions("options", options);
    if (!(typeof limit === "number" && Number.isInteger(limit) && limit >= 0)) {
      throw configurationError("missing `limit`: call `toArray({ limit: 100 })`");
    }
    const out: SigningProcess[] = [];
    if (limit === 0) return out;
    for await (const process of this) {
      out.push(process);
      if (out.length >= limit) break;
    }
    return out;
  }
}

wrapMethods(ProcessList.prototype);
