/// Where the value of a template's variable comes from: a place in the event, or a text of the rule's own.
///
/// `"data.member.name"`, `{"from": "data.starts_at", "format": "time", "default": "noon"}`, `{"text": "Rome"}`.
package struct VariableSource: Hashable, Sendable {
    package static let textCharactersMax = 1_024
    package static let affixCharactersMax = 32

    package enum Format: String, CaseIterable, Hashable, Sendable {
        case text
        /// `14 March 2027` in the template's language and the tenant's time zone, as all of these.
        case date
        /// `2027-03-14`
        case isoDate = "iso_date"
        /// `18:30`
        case time
        /// `6:30 PM`
        case twelveHourTime = "time_12h"
        /// `14 March 2027, 18:30`
        case dateTime = "date_time"
        /// `Sunday`
        case weekday
        /// `1,250.50`
        case number
    }

    package enum Content: Hashable, Sendable {
        case text(String)
        case path(DataPath)
    }

    package var content: Content
    package var format: Format
    package var decimals: Int?
    package var prefix: String
    package var suffix: String
    /// What stands there when the event has nothing at the path.
    package var fallback: String?

    package init(
        _ content: Content, format: Format = .text, decimals: Int? = nil, prefix: String = "", suffix: String = "",
        fallback: String? = nil
    ) {
        self.content = content
        self.format = format
        self.decimals = decimals
        self.prefix = prefix
        self.suffix = suffix
        self.fallback = fallback
    }

    package enum Outcome: Hashable, Sendable {
        case text(String)
        /// Nothing stands there; the template's own default may help.
        case missing
        /// What stands there cannot be shown in this format.
        case unreadable
    }

    package func value(for facts: EventFacts, clock: LocalClock, language: String) -> Outcome {
        switch content {
        case .text(let text): return .text(text)
        case .path(let path):
            let found = facts.value(at: path)
            guard let found, found.plainText?.isBlank != true else { return fallback.map { .text($0) } ?? .missing }
            guard let shown = shown(found, clock: clock, language: language) else { return .unreadable }
            return .text(prefix + shown.onOneLine + suffix)
        }
    }

    private func shown(_ value: DataValue, clock: LocalClock, language: String) -> String? {
        switch format {
        case .text: return value.plainText
        case .number:
            // An amount that carries its currency already stays as it was written.
            return value.number.map { NumberText.grouped($0, decimals: decimals, language: language) } ?? value.plainText
        case .date, .isoDate, .time, .twelveHourTime, .dateTime, .weekday:
            guard let written = WrittenTime(value) else { return nil }
            let (day, time) = written.standing(by: clock)
            return shown(day: day, time: time, language: language)
        }
    }

    /// Nil where a time is wanted of a date that has none.
    private func shown(day: Int, time: Duration?, language: String) -> String? {
        switch format {
        case .date: return DateText.date(day: day, language: language)
        case .isoDate: return DateText.isoDate(day: day)
        case .weekday: return DateText.weekday(day: day, language: language)
        case .time: return time.map(DateText.time)
        case .twelveHourTime: return time.map(DateText.twelveHourTime)
        case .dateTime:
            let date = DateText.date(day: day, language: language)
            return time.map { date + ", " + DateText.time($0) } ?? date
        case .text, .number: return nil
        }
    }
}

extension String {
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }

    /// WhatsApp refuses variables with line breaks, tabs or more than four blanks in a row.
    fileprivate var onOneLine: String {
        split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}

extension VariableSource {
    private static let fields = ["from", "text", "format", "default", "decimals", "prefix", "suffix"]

    /// - Parameter field: of the variable, for problems: `variables.amount`.
    package init?(_ value: DataValue, field: String, problems: inout [RuleProblem]) {
        if let text = value.text {
            guard let path = DataPath(text) else {
                problems.append(.pathInvalid(field))
                return nil
            }
            self.init(.path(path))
            return
        }
        guard let members = value.members else {
            problems.append(
                RuleProblem(
                    "field_wrong_type", field,
                    "`\(field)` must be a path, as in \"data.name\", or an object with `from` or `text`."))
            return nil
        }
        let before = problems.count
        for name in members.keys.sorted() where !Self.fields.contains(name) {
            problems.append(.unknownField(name, in: field + ".", known: Self.fields))
        }
        let content = Self.content(members, field, &problems)
        func text(_ name: String, max: Int) -> String? {
            guard let value = members[name], !value.isNull else { return nil }
            if let text = value.plainText, text.unicodeScalars.count <= max { return text }
            problems.append(
                RuleProblem(
                    "variable_source_invalid", "\(field).\(name)",
                    "`\(field).\(name)` must be a text of at most \(max) characters."))
            return nil
        }
        let (prefix, suffix) = (text("prefix", max: Self.affixCharactersMax), text("suffix", max: Self.affixCharactersMax))
        let fallback = text("default", max: Self.textCharactersMax)
        let format = Self.format(members, field, &problems)
        let decimals = Self.decimals(members, field, &problems)
        guard problems.count == before, let content else { return nil }
        self.init(
            content, format: format, decimals: decimals, prefix: prefix ?? "", suffix: suffix ?? "", fallback: fallback)
    }

    private static func content(
        _ members: [String: DataValue], _ field: String, _ problems: inout [RuleProblem]
    ) -> Content? {
        let (from, text) = (members["from"], members["text"])
        if (from == nil) == (text == nil) {
            problems.append(
                RuleProblem(
                    "variable_source_invalid", field,
                    "Give `\(field)` either `from`, a place in the event, or `text`, the same for everybody."))
            return nil
        }
        if let text {
            if let text = text.plainText, !text.isBlank, text.unicodeScalars.count <= textCharactersMax {
                return .text(text)
            }
            problems.append(
                RuleProblem(
                    "variable_source_invalid", "\(field).text",
                    "`\(field).text` must be a text of 1 to \(textCharactersMax) characters."))
            return nil
        }
        guard let path = from?.text.flatMap(DataPath.init) else {
            problems.append(.pathInvalid("\(field).from"))
            return nil
        }
        return .path(path)
    }

    private static func format(
        _ members: [String: DataValue], _ field: String, _ problems: inout [RuleProblem]
    ) -> Format {
        guard let value = members["format"], !value.isNull else { return .text }
        if let format = value.text.flatMap(Format.init(rawValue:)) { return format }
        let known = Format.allCases.map(\.rawValue).joined(separator: ", ")
        problems.append(
            RuleProblem("format_unknown", "\(field).format", "`\(field).format` must be one of \(known)."))
        return .text
    }

    private static func decimals(
        _ members: [String: DataValue], _ field: String, _ problems: inout [RuleProblem]
    ) -> Int? {
        guard let value = members["decimals"], !value.isNull else { return nil }
        if let number = value.wholeNumber, (0...4).contains(number) { return number }
        problems.append(
            RuleProblem("decimals_out_of_range", "\(field).decimals", "`\(field).decimals` must lie between 0 and 4."))
        return nil
    }
}

extension RuleProblem {
    fileprivate static func pathInvalid(_ field: String) -> RuleProblem {
        RuleProblem("path_invalid", field, "`\(field)` must name a place in the event, as in data.member.name.")
    }
}
