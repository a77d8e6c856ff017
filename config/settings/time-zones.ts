/**
 * Alertmanager and the collectors accept a zone if their image contains a file of that name, as do `amtool check-config` and
 * Go. Which names exist depends on the tzdata package: the areas below always do; legacy names (Japan, US/Pacific, EST) are
 * missing in Debian's.
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

/** Names that Node treats as legacy, although they are current. */
const further = ["UTC", "GMT", "Etc/UTC", "Etc/GMT", "America/Atikokan", ...offsets(12, "+"), ...offsets(14, "-")];

function offsets(most: number, sign: "+" | "-"): string[] {
  return Array.from({ length: most }, (_, index) => `Etc/GMT${sign}${index + 1}`);
}

/** Current names by lower-case name: they are case-sensitive in the database, but not in Node. */
const current = new Map(
  [...further, ...Intl.supportedValuesOf("timeZone"), ...Object.values(renamed)]
    .filter((zone) => areas.test(zone) && renamed[zone] === undefined)
    .map((zone) => [zone.toLowerCase(), zone]),
);

/** Describes why Alertmanager or a collector would reject a time zone, and what to use instead; undefined if it is valid. */
export function timeZoneProblem(zone: string): string | undefined {
  if (current.get(zone.toLowerCase()) === zone) return undefined;
  const known = /^[a-z]/i.test(zone) ? canonical(zone) : undefined;
  if (known === undefined) return 'is not a valid time zone; use an IANA name, such as "Europe/Berlin"';
  const replacement = current.get(zone.toLowerCase()) ?? renamed[known] ?? known;
  return `is not the current IANA name of a time zone; use "${replacement}"`;
}

/** Node's name of a zone, possibly a legacy one; undefined if the zone does not exist. */
function canonical(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
