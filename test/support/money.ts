/** An amount of money as the API takes and shows it. */
export interface Money {
  minorUnits: number;
  currency: string;
}

export const naira = (minorUnits: number): Money => ({ minorUnits, currency: 'NGN' });
export const dollars = (minorUnits: number): Money => ({ minorUnits, currency: 'USD' });
