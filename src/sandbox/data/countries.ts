// What the people generator knows about each country: how its numbers are built and written, and what its people are called.
// Every prefix keeps to numbers that a phone library accepts as valid; the test checks each of them.

/** ISO 3166 codes of the countries that sandbox people come from. */
export type CountryCode = 'US' | 'DE' | 'GB' | 'FR' | 'BR' | 'MX' | 'IN' | 'CH' | 'RU' | 'CN'

/** One kind of line: a prefix, then `tail` free digits; `groups` is how the national number is spaced when written. */
export interface NumberPlan {
  readonly prefixes: readonly string[]
  readonly tail: number
  readonly groups: readonly number[]
}

/** A country as far as the sandbox needs it; `trunk` is what goes before a national number dialled at home. */
export interface Country {
  readonly code: CountryCode
  readonly name: string
  readonly callingCode: string
  readonly trunk: string
  readonly landline: NumberPlan
  readonly mobile: NumberPlan
  readonly firstNames: readonly string[]
  readonly lastNames: readonly string[]
  readonly cities: readonly string[]
}

// 415 is left out: it belongs to the numbers that exist in two countries (see phones.ts). Landlines and mobiles look alike in the
// United States, so the two plans take every other area code.
const US_AREA_CODES =
  '201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 225 228 229 231 234 239 240 248 251 252 253 254 ' +
  '256 260 262 267 269 270 276 281 301 302 303 304 305 307 308 309 310 312 313 314 315 316 317 318 319 320 321 323 325 330 ' +
  '331 334 336 337 339 347 351 352 360 361 386 401 402 404 405 406 407 408 409 410 412 413 414 417 419 423 424 425 430 432 ' +
  '434 435 440 443 469 470 475 478 479 480 484 501 502 503 504 505 507 508 509 510 512 513 515 516 517 518 520 530 540 541 ' +
  '551 559 561 562 563 567 570 571 573 574 580 585 586 601 602 603 605 606 607 608 609 610 612 614 615 616 617 618 619 620 ' +
  '623 626 630 631 636 641 646 650 651 660 661 662 678 682 701 702 703 704 706 707 708 712 713 714 715 716 717 718 719 720 ' +
  '724 727 731 732 734 740 754 757 760 763 765 770 772 773 774 775 781 785 786 801 802 803 804 805 806 808 810 812 813 814'
const usPrefixes = US_AREA_CODES.split(' ').map((area) => `${area}555`)

/** The countries, the most frequent first. */
export const COUNTRIES: readonly Country[] = [
  {
    code: 'US',
    name: 'United States',
    callingCode: '1',
    trunk: '',
    landline: { prefixes: usPrefixes.filter((_, i) => i % 2 === 0), tail: 4, groups: [3, 3, 4] },
    mobile: { prefixes: usPrefixes.filter((_, i) => i % 2 === 1), tail: 4, groups: [3, 3, 4] },
    firstNames: [
      'Olivia',
      'Liam',
      'Emma',
      'Noah',
      'Ava',
      'Ethan',
      'Sophia',
      'Mason',
      'Zoë',
      'Jackson',
      'Grace',
      'Tyrone',
      'Mary-Kate',
    ],
    lastNames: [
      'Smith',
      'Johnson',
      'Williams',
      'Brown',
      "O'Brien",
      'Davis',
      'Miller',
      'Van der Berg',
      'Nguyen',
      'Washington',
      'Lee',
    ],
    cities: ['San Francisco', 'Austin', 'New York', 'Chicago', 'Portland', 'St. Louis'],
  },
  {
    code: 'DE',
    name: 'Germany',
    callingCode: '49',
    trunk: '0',
    landline: { prefixes: ['30', '40', '69', '89'], tail: 8, groups: [2, 4, 4] },
    mobile: { prefixes: ['151', '160', '170', '171', '172', '175', '176'], tail: 8, groups: [3, 4, 4] },
    firstNames: ['Jürgen', 'Björn', 'Käthe', 'Anna', 'Lukas', 'Sören', 'Ursula', 'Friederike', 'Maximilian', 'Özlem', 'Uwe'],
    lastNames: [
      'Müller',
      'Schäfer',
      'Weiß',
      'Groß',
      'Köhler',
      'von der Heide',
      'Schmidt',
      'Yılmaz',
      'Löwe',
      'Krüger',
      'Großmann-Öttinger',
    ],
    cities: ['Berlin', 'München', 'Köln', 'Hamburg', 'Frankfurt am Main'],
  },
  {
    code: 'GB',
    name: 'United Kingdom',
    callingCode: '44',
    trunk: '0',
    landline: { prefixes: ['203', '207', '208'], tail: 7, groups: [2, 4, 4] },
    mobile: { prefixes: ['7400', '7500', '7701', '7712', '7733', '7800', '7850', '7900'], tail: 6, groups: [4, 6] },
    firstNames: ['Oliver', 'Amelia', 'George', 'Isla', 'Siân', 'Niamh', 'Harry', 'Priya', 'Rhys', 'Eilidh'],
    lastNames: ['Taylor', 'Evans', 'Wilson', "O'Connor", 'Thompson', 'Patel', 'MacDonald', 'Fforde-Jones', 'Hughes', 'Brown'],
    cities: ['London', 'Leeds', 'Glasgow', 'Cardiff', 'Stoke-on-Trent'],
  },
  {
    code: 'FR',
    name: 'France',
    callingCode: '33',
    trunk: '0',
    landline: { prefixes: ['14', '15', '24', '38', '49', '55'], tail: 7, groups: [1, 2, 2, 2, 2] },
    mobile: { prefixes: ['61', '62', '66', '68', '75', '76', '77', '78'], tail: 7, groups: [1, 2, 2, 2, 2] },
    firstNames: ['Chloé', 'Léa', 'Hugo', 'Zoé', 'François', 'Amélie', 'Jean-Luc', 'Noël', 'Gaëlle', 'Théo'],
    lastNames: ['Martin', 'Lefèvre', "D'Angelo", 'Dubois', 'Bérénger', 'Garçon', 'Moreau', "L'Hôpital", 'Petit'],
    cities: ['Paris', 'Lyon', 'Orléans', 'Saint-Étienne', 'Besançon'],
  },
  {
    code: 'BR',
    name: 'Brazil',
    callingCode: '55',
    trunk: '',
    landline: { prefixes: ['113', '213', '313', '413', '513', '613'], tail: 7, groups: [2, 4, 4] },
    mobile: { prefixes: ['1192', '1197', '1198', '1199', '2197', '3198'], tail: 7, groups: [2, 5, 4] },
    firstNames: ['João', 'Maria', 'Luís', 'Conceição', 'Antônio', 'Beatriz', 'Inês', 'Thiago', 'Vitória', 'André'],
    lastNames: ['da Silva', 'Souza', 'Gonçalves', 'Araújo', 'dos Santos', 'Magalhães', 'Brandão', 'Pereira', 'Simões'],
    cities: ['São Paulo', 'Rio de Janeiro', 'Brasília', 'Florianópolis'],
  },
  {
    code: 'MX',
    name: 'Mexico',
    callingCode: '52',
    trunk: '',
    landline: { prefixes: ['222', '442', '664', '998'], tail: 7, groups: [3, 3, 4] },
    mobile: { prefixes: ['33', '55', '56', '81'], tail: 8, groups: [2, 4, 4] },
    firstNames: ['Sofía', 'José', 'Ximena', 'Ángel', 'Lucía', 'Raúl', 'María José', 'Íñigo', 'Guadalupe', 'Iván'],
    lastNames: ['García López', 'Hernández', 'Muñoz', 'Ibáñez', 'de la Cruz', 'Peña', 'Ramírez', 'Gutiérrez', 'Núñez'],
    cities: ['Ciudad de México', 'Guadalajara', 'Querétaro', 'Mérida'],
  },
  {
    code: 'IN',
    name: 'India',
    callingCode: '91',
    trunk: '0',
    landline: { prefixes: ['112', '222', '442', '802'], tail: 7, groups: [2, 4, 4] },
    mobile: { prefixes: ['9810', '9820', '9830', '9840', '9845', '9880', '9900', '9916'], tail: 6, groups: [5, 5] },
    firstNames: ['Aarav', 'Priya', 'Rohan', 'Ananya', 'Vikram', 'Lakshmi', 'प्रिया', 'Sanjay', 'Meera', 'அருண்'],
    lastNames: ['Sharma', 'Patel', 'Iyer', 'Singh', 'Reddy', 'शर्मा', 'Banerjee', 'Kumar', 'Nair'],
    cities: ['Mumbai', 'Bengaluru', 'New Delhi', 'Chennai'],
  },
  {
    code: 'CH',
    name: 'Switzerland',
    callingCode: '41',
    trunk: '0',
    landline: { prefixes: ['22', '31', '43', '44', '61'], tail: 7, groups: [2, 3, 2, 2] },
    mobile: { prefixes: ['76', '77', '78', '79'], tail: 7, groups: [2, 3, 2, 2] },
    firstNames: ['Urs', 'Céline', 'Reto', 'Heidi', 'Jérôme', 'Beat', 'Chiara', 'Flurina', 'Gion'],
    lastNames: ['Zürcher', 'Meier', 'Rüegg', 'Bühler', 'Favre', 'Bernasconi', 'Caduff', 'Wüthrich', 'Müller'],
    cities: ['Zürich', 'Genève', 'Bern', 'Lugano', 'Neuchâtel'],
  },
  {
    code: 'RU',
    name: 'Russia',
    callingCode: '7',
    trunk: '8',
    landline: { prefixes: ['495', '812'], tail: 7, groups: [3, 3, 2, 2] },
    mobile: { prefixes: ['903', '905', '916', '925', '926', '985'], tail: 7, groups: [3, 3, 2, 2] },
    firstNames: ['Анна', 'Дмитрий', 'Ольга', 'Сергей', 'Екатерина', 'Алёна', 'Юрий', 'Пётр'],
    lastNames: ['Иванова', 'Смирнов', 'Кузнецова', 'Попов', 'Соловьёв', 'Щербакова', 'Журавлёв'],
    cities: ['Москва', 'Санкт-Петербург', 'Казань'],
  },
  {
    code: 'CN',
    name: 'China',
    callingCode: '86',
    trunk: '',
    landline: { prefixes: ['106', '216'], tail: 7, groups: [2, 4, 4] },
    mobile: { prefixes: ['135', '136', '138', '139', '150', '186'], tail: 8, groups: [3, 4, 4] },
    firstNames: ['伟', '芳', '小明', '秀英', '娜', '静怡', '子轩', '强'],
    lastNames: ['王', '李', '张', '刘', '陈', '欧阳', '赵', '司马'],
    cities: ['北京', '上海', '深圳'],
  },
]

const byCode = new Map(COUNTRIES.map((country) => [country.code, country]))

/** The country of an ISO code that the sandbox knows. */
export function countryOf(code: CountryCode): Country {
  return byCode.get(code) as Country
}
