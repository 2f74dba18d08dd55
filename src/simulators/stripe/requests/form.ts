/** The fields of a form: texts, and objects for names with brackets. */
export interface FormFields {
  [name: string]: string | FormFields;
}

const NAME = /^([^[\]]+)((?:\[[^[\]]*\])*)$/;

/**
 * Decodes a form or a query as Stripe does: "a[b]=1" is an object, "a[0]=1" and "a[]=1" are objects with numbers as
 * names. The brackets may be percent-encoded.
 */
export function decodeForm(text: string): FormFields {
  const form = emptyFields();
  for (const [key, value] of new URLSearchParams(text)) {
    const [, first = key, brackets = ''] = NAME.exec(key) ?? [];
    const names = [first, ...[...brackets.matchAll(/\[([^[\]]*)\]/g)].map(([, name = '']) => name)];
    setField(form, names, value);
  }
  return form;
}

function setField(form: FormFields, names: string[], value: string): void {
  let fields = form;
  for (const [position, given] of names.entries()) {
    const name = given === '' ? String(Object.keys(fields).length) : given;
    if (position === names.length - 1) {
      fields[name] = value;
      return;
    }
    const nested = fields[name];
    fields = fields[name] = typeof nested === 'object' ? nested : emptyFields();
  }
}

/** Without a prototype, so that "__proto__" is a name like any other. */
function emptyFields(): FormFields {
  return Object.create(null);
}
