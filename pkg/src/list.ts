// The list of processes: one by one, page by page, or as an array.

import type { Connection } from "./connection.js";
import { invalid } from "./environment.js";
import type { FindAllQuery, PageMetadata, ProcessPage } from "./generated/contract.js";
import { fields, guarded } from "./guard.js";
import type { CallOptions } from "./limits.js";
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
export class ProcessList implements AsyncIterable<SigningProcess> {
  readonly #connection: Connection;
  readonly #query: ListQuery;
  readonly #options: CallOptions | null | undefined;

  /** @internal */
  constructor(connection: Connection, query?: ListQuery | null, options?: CallOptions | null) {
    this.#connection = connection;
    this.#query = fields("query", query);
    this.#options = options;
  }

  /** Page by page, from `page` of the query on. */
  async *pages(): AsyncGenerator<ProcessListPage, void, undefined> {
    const { sort: order, page: from, ...rest } = this.#query;
    const [sort, first] = [order ?? undefined, from ?? 0];
    for (let page = first; ; page += 1) {
      const query = { ...rest, page, ...(sort === undefined ? {} : { sort: [sort] }) };
      const done = await this.#connection.call("findAll", {}, query, this.#options);
      const data = done.data as ProcessPage;
      const content = data.content ?? [];
      const processes = content.map((model) => SigningProcess.from(this.#connection, model));
      yield { ...data.page, number: data.page?.number ?? page, processes };
      const pages = data.page?.totalPages ?? data.totalPages;
      const more = pages === undefined ? data.last === false : page + 1 < pages;
      if (content.length === 0 || !more) return;
    }
  }

  /** One by one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<SigningProcess, void, undefined> {
    // A process that is created meanwhile moves the others to the next page.
    const seen = new Set<string>();
    for await (const { processes } of this.pages()) {
      for (const process of processes) {
        if (seen.has(process.id)) continue;
        seen.add(process.id);
        yield process;
      }
    }
  }

  /** The first ones, at most `limit`. */
  async toArray(options: { limit: number }): Promise<SigningProcess[]> {
    const { limit } = fields("options", options);
    if (!(typeof limit === "number" && Number.isInteger(limit) && limit >= 0)) {
      throw invalid("toArray needs a limit, such as { limit: 100 }: a list can be long");
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

guarded(ProcessList.prototype);
