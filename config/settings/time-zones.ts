/**
 * Alertmanager takes a zone when its image has a file of that name, as `amtool check-config` does. Which names are there
 * depends on who packaged the zone database: the areas below always, older names (Japan, US/Pacific, EST) not in Debian's.
 */
const areas =
  /^(?:UTC|GMT|(?:Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Etc|Europe|Indian|Pacific)\/.+)$/;

/** Older names within those areas, by https://github.com/eggert/tz/blob/main/backward, and what each is called now. */
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

/** Names as the zone database spells them: there case counts, and Node takes any. */
const spellings = new Map(
  ["UTC", "GMT", ...Intl.supportedValuesOf("timeZone"), ...Object.values(renamed)].map((zone) => [
    zone.toLowerCase(),
    zone,
  ]),
);

/** What is wrong with the name of a time zone, and what to write; undefined where Alertmanager takes it. */
export function timeZoneProblem(zone: string): string | undefined {
  const known = /^[a-z]/i.test(zone) ? canonical(zone) : undefined;
  if (known === undefined) return 'is no time zone: write its IANA name, such as "Europe/Berlin"';
  const spelled = spellings.get(zone.toLowerCase()) ?? (known.toLowerCase() === zone.toLowerCase() ? known : zone);
  if (areas.test(zone) && renamed[zone] === undefined && spelled === zone) return undefined;
  const current = areas.test(spelled) && renamed[spelled] === undefined ? spelled : (renamed[known] ?? known);
  return `is no time zone that Alertmanager knows: write "${current}"`;
}

/** What Node calls a zone, by one of its old names where it has changed; undefined where there is none. */
function canonical(zone: string): string | undefined {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
