/** A JSON object in an answer. The executor takes anything with a key `then` for a promise, so the keys are hidden from it. */
export class JsonObject {
  readonly #object: object;

  constructor(object: object) {
    this.#object = object;
  }

  toJSON(): object {
    return this.#object;
  }
}
