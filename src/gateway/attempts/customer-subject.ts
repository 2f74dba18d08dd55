/** The subject key of a customer's attempts. Customers of different callers are different, even with the same id. */
export function customerSubject(caller: string, customerId: string): string {
  return JSON.stringify([caller, customerId]);
}
