/** A JSON object in an answer. It hides its keys from the executor, which takes an object with a key `then` for a promise. */
export class JsonObject {
  readonly #object: object;

  constructor(object: object) {
    this.#object = object;
  }

  toJSON(): object {
    return this.#object;
  }
}
