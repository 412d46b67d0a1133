internal import JSON

/// How much of an account's calls are used up: Meta's header `x-business-use-case-usage`.
package struct AccountUsage: Hashable, Sendable {
    /// From here on the account is left in peace; Meta throttles near 100.
    package static let percentMax = 95

    /// The account or business the figures are for.
    package let accountID: String
    /// The highest of calls, processor time and time, in percent.
    package let percent: Int
    /// Nil: not throttled yet.
    package let regainsAccessIn: Duration?

    package init(accountID: String, percent: Int, regainsAccessIn: Duration? = nil) {
        self.accountID = accountID
        self.percent = percent
        self.regainsAccessIn = regainsAccessIn
    }

    package var isUsedUp: Bool { percent >= Self.percentMax }

    /// `{"<account>":[{"type":"whatsapp","call_count":28,"total_cputime":5,"total_time":7,
    /// "estimated_time_to_regain_access":0}]}`; the last figure is in minutes. Of several the highest; nil when nothing
    /// in it can be read.
    init?(_ header: String) {
        // Nearly every answer carries one, and nearly none is anywhere near the limit.
        guard Self.holdsTwoDigitsFromNinety(header.utf8) else { return nil }
        guard let root = (try? JSONDocument(parsing: Array(header.utf8)))?.root else { return nil }
        var highest: AccountUsage?
        for (account, uses) in root.members ?? [] {
            for use in uses.elements ?? [] where use["type"]?.string != "whatsapp_business_management" {
                let figures = ["call_count", "total_cputime", "total_time"].compactMap { use[$0]?.integer }
                let minutes = use["estimated_time_to_regain_access"]?.integer ?? 0
                let usage = AccountUsage(
                    accountID: account, percent: Int(clamping: figures.max() ?? 0),
                    regainsAccessIn: minutes > 0 ? .seconds(min(minutes, 1_440) * 60) : nil)
                if usage.percent >= highest?.percent ?? 0 { highest = usage }
            }
        }
        guard let highest else { return nil }
        self = highest
    }

    /// A figure of 90 or more begins with a nine behind a colon or a space, or has three digits.
    private static func holdsTwoDigitsFromNinety(_ text: some Sequence<UInt8>) -> Bool {
        var digits = 0
        var first: UInt8 = 0
        var isKey = false
        for byte in text {
            if byte == UInt8(ascii: "\"") { isKey.toggle() }
            guard !isKey, (48...57).contains(byte) else {
                digits = 0
                continue
            }
            if digits == 0 { first = byte }
            digits += 1
            if digits >= 3 || digits == 2 && first == UInt8(ascii: "9") { return true }
        }
        return false
    }
}
