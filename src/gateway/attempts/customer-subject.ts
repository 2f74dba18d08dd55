/** The key that a customer's attempts are counted by. Another caller's customer of the same id is another customer. */
export function customerSubject(caller: string, customerId: string): string {
  return JSON.stringify([caller, customerId]);
}
