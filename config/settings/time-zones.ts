/**
 * Alertmanager accepts a zone if its image contains a file of that name, as does `amtool check-config`. Which names exist
 * depends on the tzdata package: the areas below always do; legacy names (Japan, US/Pacific, EST) are missing in Debian's.
 */
const areas =
  /^(?:UTC|GMT|(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)\/.+)$/;

/** Legacy names within those areas and their replacements, from https://github.com/eggert/tz/blob/main/backward. */
const renamed: Readonly<Record<string, string>> = {
  "Africa/Asmera": "Africa/Asmara",
  "America/Argentina/ComodRivadavia": "America/Argentina/Catamarca",
  "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
  "America/Catamarca": "America/Argentina/Catamarca",
  "America/Cordoba": "America/Argentina/Cordoba",
  "America/Fort_Wayne": "America/Indiana/Indianapolis",
  "America/Godthab": "America/Nuuk",
  "America/Indianapolis": "America/Indiana/Indianapolis",
  "America/Jujuy": "America/Argentina/Jujuy",
  "America/Knox_IN": "America/Indiana/Knox",
  "America/Louisville": "America/Kentucky/Louisville",
  "America/Mendoza": "America/Argentina/Mendoza",
  "America/Rosario": "America/Argentina/Cordoba",
  "Antarctica/South_Pole": "Antarctica/McMurdo",
  "Asia/Ashkhabad": "Asia/Ashgabat",
  "Asia/Calcutta": "Asia/Kolkata",
  "Asia/Choibalsan": "Asia/Ulaanbaatar",
  "Asia/Chungking": "Asia/Shanghai",
  "Asia/Dacca": "Asia/Dhaka",
  "Asia/Katmandu": "Asia/Kathmandu",
  "Asia/Macao": "Asia/Macau",
  "Asia/Rangoon": "Asia/Yangon",
  "Asia/Saigon": "Asia/Ho_Chi_Minh",
  "Asia/Thimbu": "Asia/Thimphu",
  "Asia/Ujung_Pandang": "Asia/Makassar",
  "Asia/Ulan_Bator": "Asia/Ulaanbaatar",
  "Atlantic/Faeroe": "Atlantic/Faroe",
  "Australia/ACT": "Australia/Sydney",
  "Australia/LHI": "Australia/Lord_Howe",
  "Australia/NSW": "Australia/Sydney",
  "Australia/North": "Australia/Darwin",
  "Australia/Queensland": "Australia/Brisbane",
  "Australia/South": "Australia/Adelaide",
  "Australia/Tasmania": "Australia/Hobart",
  "Australia/Victoria": "Australia/Melbourne",
  "Australia/West": "Australia/Perth",
  "Europe/Kiev": "Europe/Kyiv",
  "Europe/Uzhgorod": "Europe/Kyiv",
  "Europe/Zaporozhye": "Europe/Kyiv",
  "Pacific/Enderbury": "Pacific/Kanton",
  "Pacific/Ponape": "Pacific/Pohnpei",
  "Pacific/Truk": "Pacific/Chuuk",
};

/** Canonical spelling by lower-case name: zone names are case-sensitive in the database, but not in Node. */
const spellings = new Map(
  ["UTC", "GMT", ...Intl.supportedValuesOf("timeZone"), ...Object.values(renamed)].map((zone) => [
    zone.toLowerCase(),
    zone,
  ]),
);

/** Describes why Alertmanager would reject a time zone, and what to use instead; undefined if it is valid. */
export function timeZoneProblem(zone: string): string | undefined {
  const known = /^[a-z]/i.test(zone) ? canonical(zone) : undefined;
  if (known === undefined) return 'is not a valid time zone; use an IANA name, such as "Europe/Berlin"';
  const spelled = spellings.get(zone.toLowerCase()) ?? (known.toLowerCase() === zone.toLowerCase() ? known : zone);
  if (areas.test(zone) && renamed[zone] === undefined && spelled === zone) return undefined;
  const current = areas.test(spelled) && renamed[spelled] === undefined ? spelled : (renamed[known] ?? known);
  return `is not a time zone known to Alertmanager; use "${current}"`;
}

/** Node's name of a zone, possibly a legacy one; undefined if the zone does not exist. */
function canonical(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
