import { parsePromotionId } from '../../domain/promotion/identity.ts';
import type { SeenChanges } from '../../gateway/core/change-watch.ts';
import type { AnswerBasis } from '../../graphql/shared/caching.ts';

/** How many things are remembered that have changed. Of the others, it is only known that they may have. */
const MAX_REMEMBERED = 10_000;

/** Finds the answers that a change concerns, and the changes since an answer was begun. */
export class AnswerIndex<Answer> {
  readonly #answers = new Map<string, Set<Answer>>();
  /** The number of the last look at which something had changed, oldest first. */
  readonly #changed = new Map<string, number>();
  /** Anything that is not in #changed may have changed up to this look. */
  #forgotten = 0;
  #looks = 0;
  #withTexts = 0;

  /** The number of looks that have found changes: the moment at which an answer begins. */
  get now(): number {
    return this.#looks;
  }

  /** Whether some answers depend on the texts of codes. */
  get hasTexts(): boolean {
    return this.#withTexts > 0;
  }

  add(answer: Answer, basis: AnswerBasis): void {
    if (basis.texts.size > 0) this.#withTexts += 1;
    for (const tag of tagsOf(basis)) {
      const answers = this.#answers.get(tag) ?? new Set();
      this.#answers.set(tag, answers.add(answer));
    }
  }

  remove(answer: Answer, basis: AnswerBasis): void {
    if (basis.texts.size > 0) this.#withTexts -= 1;
    for (const tag of tagsOf(basis)) {
      const answers = this.#answers.get(tag);
      if (answers?.delete(answer) && answers.size === 0) this.#answers.delete(tag);
    }
  }

  /** Takes note of changes. @returns the answers that they concern */
  note({ promotions, texts }: Pick<SeenChanges, 'promotions' | 'texts'>): Answer[] {
    if (promotions.size === 0) return [];
    this.#looks += 1;
    const lists = new Set([...promotions].flatMap((id) => parsePromotionId(id)?.provider ?? []));
    const tags = tagsOf({ promotions, texts, lists });
    for (const tag of tags) this.#remember(tag);
    return tags.flatMap((tag) => [...(this.#answers.get(tag) ?? [])]);
  }

  /** Takes note that anything may have changed. */
  noteAll(): void {
    this.#looks += 1;
    this.#forgotten = this.#looks;
    this.#changed.clear();
  }

  /** Whether something may have changed since a moment that an answer depends on. */
  mayHaveChanged(basis: AnswerBasis, since: number): boolean {
    if (this.#forgotten > since) return true;
    // Texts are not looked at while no answer depends on one.
    if (basis.texts.size > 0 && this.#looks > since) return true;
    return tagsOf(basis).some((tag) => (this.#changed.get(tag) ?? 0) > since);
  }

  #remember(tag: string): void {
    this.#changed.delete(tag);
    this.#changed.set(tag, this.#looks);
    if (this.#changed.size <= MAX_REMEMBERED) return;
    for (const [oldest, look] of this.#changed) {
      this.#changed.delete(oldest);
      this.#forgotten = Math.max(this.#forgotten, look);
      return;
    }
  }
}

function tagsOf({ promotions, texts, lists }: Omit<AnswerBasis, 'until'>): string[] {
  return [
    ...promotions,
    ...[...texts].map((text) => `text ${text}`),
    ...[...lists].map((provider) => `list ${provider}`),
  ];
}
