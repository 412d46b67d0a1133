/// Numbers as a report writes them: never more exact than they are.
package enum ReportWords {
    /// 12,345
    package static func count(_ value: Int64) -> String {
        var text = ""
        for (index, digit) in value.magnitude.description.reversed().enumerated() {
            if index > 0, index % 3 == 0 { text = "," + text }
            text = String(digit) + text
        }
        return value < 0 ? "-" + text : text
    }

    /// "98.7 % (2,961 of 3,000)", rounded down: 100 % is all. Of less than a thousand whole percents say all there is.
    package static func share(_ part: Int64, of whole: Int64) -> String {
        guard whole > 0 else { return "no messages" }
        let tenths = Int64((Double(max(0, min(part, whole))) / Double(whole) * 1_000).rounded(.down))
        let percent = whole < 1_000 || tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        return "\(percent) % (\(count(part)) of \(count(whole)))"
    }

    package static func within(_ share: TimeBounds.Share) -> String {
        switch share {
        case .within(let seconds): "at most \(span(seconds))"
        case .longer: "more than \(span(TimeBounds.seconds.last ?? 0))"
        case .nothing: "nothing to measure"
        }
    }

    /// 250 ms, 5 s, 15 min, 6 h, 3 d.
    package static func span(_ seconds: Double) -> String {
        switch seconds {
        case ..<1: "\(Int64((seconds * 1_000).rounded())) ms"
        case ..<120: "\(Int64(seconds.rounded())) s"
        case ..<7_200: "\(Int64((seconds / 60).rounded())) min"
        case ..<172_800: "\(Int64((seconds / 3_600).rounded())) h"
        default: "\(Int64((seconds / 86_400).rounded())) d"
        }
    }

    /// 2026-11-21 09:30 UTC
    package static func moment(_ moment: Timestamp) -> String {
        String(moment.rfc3339.prefix(16)).replacingFirst("T", with: " ") + " UTC"
    }

    /// 12.30 EUR
    package static func money(_ amount: Amount, _ currency: String) -> String { "\(amount.decimal) \(currency)" }
}

extension String {
    fileprivate func replacingFirst(_ character: Character, with text: String) -> String {
        guard let place = firstIndex(of: character) else { return self }
        return self[..<place] + text + self[index(after: place)...]
    }
}
