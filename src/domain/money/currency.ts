/**
 * How many decimals ISO 4217 gives each currency in use. Kept here because `Intl` follows local habit instead of the
 * standard (it says 0 for HUF and IQD).
 */
const CURRENCIES_BY_DECIMALS: ReadonlyArray<readonly [decimals: number, currencies: string]> = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
     CNY COP COU CRC CUC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR
     ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR
     MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN
     SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const DECIMALS = new Map(
  CURRENCIES_BY_DECIMALS.flatMap(([decimals, currencies]) =>
    currencies.split(/\s+/).map((currency): [string, number] => [currency, decimals]),
  ),
);

/** The code ISO 4217 keeps for "no currency": a fixed discount whose provider names none. */
export const NO_CURRENCY = 'XXX';

/** True for a currency in use, in upper case ("NGN"). XXX is none. */
export function isCurrency(code: string): boolean {
  return DECIMALS.has(code);
}

/** How many decimals a currency's major unit has: 2 for USD, 0 for JPY, and 2 for XXX and for codes unknown to ISO 4217. */
export function currencyDecimals(currency: string): number {
  return DECIMALS.get(currency) ?? 2;
}
