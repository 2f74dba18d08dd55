import type { Page, PageRequest } from '../../domain/provider/provider.ts';

/** A page size that every provider accepts. */
export const PAGE_SIZE = 100;

/** The pages of a provider's list, one after the other, to the end. */
export async function* pages<Item>(
  list: (page: PageRequest) => Promise<Page<Item>> | undefined,
): AsyncGenerator<Page<Item>> {
  let cursor: string | undefined;
  do {
    const page = await list({ cursor, limit: PAGE_SIZE });
    if (!page) return;
    yield page;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
}
