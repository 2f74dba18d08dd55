/** The decimals of each currency in ISO 4217. `Intl` differs from the standard: it returns 0 for HUF and IQD. */
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

/** ISO 4217's code for "no currency": the currency of a fixed discount whose provider returns none. */
export const NO_CURRENCY = 'XXX';

/** Whether this is a currency code of ISO 4217 in upper case ("NGN"). False for XXX. */
export function isCurrency(code: string): boolean {
  return DECIMALS.has(code);
}

/** The decimals of a currency's major unit: 2 for USD, 0 for JPY, 2 for XXX and for codes that are not in ISO 4217. */
export function currencyDecimals(currency: string): number {
  return DECIMALS.get(currency) ?? 2;
}
