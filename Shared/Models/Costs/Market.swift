/// Meta prices messages by market: one country, or the rest of a part of the world (Meta, pricing; September 2026 with
/// the additions of October).
package struct Market: Hashable, Sendable {
    /// As Meta's price lists write it.
    package let name: String

    /// - Parameters:
    ///   - country: ISO 3166-1, two capital letters; nil when the number does not tell.
    ///   - hasOctober2026: whether the day is 1 October 2026 or later, when nine countries became markets of their own.
    package init(country: String?, hasOctober2026: Bool) {
        guard let country else {
            name = Self.other
            return
        }
        if let own = Self.own[country] ?? (hasOctober2026 ? Self.ownSinceOctober2026[country] : nil) {
            name = own
            return
        }
        name = Self.rests.first { $0.countries.contains(country) }?.name ?? Self.other
    }

    package static let other = "Other"

    private static let own = [
        "AR": "Argentina", "BR": "Brazil", "CL": "Chile", "CO": "Colombia", "EG": "Egypt", "FR": "France",
        "DE": "Germany", "HK": "Hong Kong", "HU": "Hungary", "IN": "India", "ID": "Indonesia", "IL": "Israel",
        "IT": "Italy", "MY": "Malaysia", "MX": "Mexico", "NL": "Netherlands", "NG": "Nigeria", "PK": "Pakistan",
        "PE": "Peru", "PL": "Poland", "QA": "Qatar", "RO": "Romania", "RU": "Russia", "SA": "Saudi Arabia",
        "SG": "Singapore", "ZA": "South Africa", "ES": "Spain", "TR": "Turkey", "AE": "United Arab Emirates",
        "GB": "United Kingdom",
    ]
    private static let ownSinceOctober2026 = [
        "BD": "Bangladesh", "IQ": "Iraq", "NP": "Nepal", "LK": "Sri Lanka", "KZ": "Kazakhstan", "KW": "Kuwait",
        "MA": "Morocco", "OM": "Oman", "UA": "Ukraine",
    ]

    private struct Rest: Sendable {
        let name: String
        let countries: Set<String>

        init(_ name: String, _ countries: String) {
            self.name = name
            self.countries = Set(countries.split(separator: " ").map(String.init))
        }
    }

    private static let rests = [
        Rest("North America", "US CA"),
        Rest(
            "Rest of Africa",
            "DZ AO BJ BW BF BI CM TD CG ER ET GA GM GH GW CI KE LS LR LY MG MW ML MR MA MZ NA NE RW SN SL SO SS SD SZ TZ "
                + "TG TN UG ZM ZW"),
        Rest("Rest of Asia Pacific", "AF AU KH CN JP LA MN NZ PG PH TW TJ TH TM UZ VN BD NP LK"),
        Rest("Rest of Central & Eastern Europe", "AL AM AZ BY BG HR CZ GE GR LV LT MD MK RS SK SI UA"),
        Rest("Rest of Western Europe", "AT BE DK FI IE NO PT SE CH"),
        Rest("Rest of Latin America", "BO CR DO EC SV GT HT HN JM NI PA PY PR UY VE"),
        Rest("Rest of Middle East", "BH JO LB YE IQ KW OM"),
    ]

    /// Every name there is: what a price list may hold.
    package static let names = Set(
        Array(own.values) + Array(ownSinceOctober2026.values) + rests.map(\.name) + [other])
}
