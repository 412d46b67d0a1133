import APIKit
import JSON
import Models
import PhoneNumbers
import Postgres
import Storage

/// The settings that are more than a number or a truth value, each read and checked. Nil: not given, or noted as wrong.
enum SettingsWords {
    static let kindsMax = 100
    static let originsMax = 20
    static let originBytesMax = 300

    static func country(_ text: String, _ field: String, _ problems: inout FieldProblems) -> String? {
        let isCode = text.utf8.count == 2 && text.utf8.allSatisfy { (65...90).contains($0) }
        if isCode, isKnownRegion(text) { return text }
        problems.note(
            "\(field)_unknown", field, "`\(field)` must be a country's code in two capital letters (ISO 3166-1), as in IT.")
        return nil
    }

    private static func isKnownRegion(_ region: String) -> Bool {
        do {
            _ = try PhoneNumber.parse("0123456789", defaultRegion: region)
            return true
        } catch {
            return error != .unknownCountryCode
        }
    }

    /// Only its form: whether it exists Postgres knows. Abbreviations and offsets are refused, because they know
    /// nothing of summer.
    static func timeZone(_ text: String, _ problems: inout FieldProblems) -> String? {
        let isPlain =
            text.utf8.count <= 64
            && text.utf8.allSatisfy { byte in
                (65...90).contains(byte) || (97...122).contains(byte) || (48...57).contains(byte)
                    || "/_+-".utf8.contains(byte)
            }
        if isPlain, text == "UTC" || text.contains("/") { return text }
        problems.note(
            "time_zone_unknown", "time_zone", "There is no time zone of this name. Write it as in Europe/Rome, or UTC.")
        return nil
    }

    static func currency(_ reader: FieldReader, _ problems: inout FieldProblems) -> String? {
        guard let text = reader.text("currency", &problems) else { return nil }
        if text.utf8.count == 3, text.utf8.allSatisfy({ (65...90).contains($0) }) { return text }
        problems.note(
            "currency_invalid", "currency", "`currency` must be a code of three capital letters (ISO 4217), as in EUR.")
        return nil
    }

    /// From either name: `retry_delays_seconds` is a list, `retry_delay_minutes` one number for all retries.
    static func retryDelays(_ key: String, _ reader: FieldReader, _ problems: inout FieldProblems) -> [Int32]? {
        let secondsMax = RetryPolicy.ownDelayMax.components.seconds
        if key == "retry_delay_minutes" {
            return reader.integer(key, in: 0...Int(secondsMax / 60), &problems).map { [Int32($0 * 60)] }
        }
        guard let value = reader[key] else { return nil }
        let delays = value.elements?.map(\.integer) ?? []
        let numbers = delays.compactMap { $0 }
        if (1...RetryPolicy.delaysCountMax).contains(delays.count), numbers.count == delays.count,
            numbers.allSatisfy({ (0...secondsMax).contains($0) })
        {
            return numbers.map { Int32($0) }
        }
        problems.note(
            "retry_delays_seconds_invalid", key,
            "`\(key)` must be a list of 1 to \(RetryPolicy.delaysCountMax) whole numbers of seconds, each 0 to \(secondsMax).")
        return nil
    }

    /// `{"utility":{"wait_seconds":300,"preference":"prefer_delivery"}}`
    static func unansweredPolicy(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        byCategory("unanswered_policy", reader, &problems) { value, path, problems in
            let fields = FieldReader(value, path: path + ".", known: ["wait_seconds", "preference"], problems: &problems)
            _ = fields.integer("wait_seconds", in: 0...Int(UnansweredPolicy.waitMax.components.seconds), &problems)
            guard let word = fields.text("preference", &problems), UnansweredPreference(rawValue: word) == nil else {
                return
            }
            let known = UnansweredPreference.allCases.map(\.rawValue).joined(separator: ", ")
            problems.note("preference_unknown", path + ".preference", "`\(path).preference` must be one of \(known).")
        }
    }

    /// `{"marketing":3600}`
    static func expiry(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        let range = ExpiryPolicy.range
        let seconds = range.lowerBound.components.seconds...range.upperBound.components.seconds
        return byCategory("expiry_seconds", reader, &problems) { value, path, problems in
            if let number = value.integer, seconds.contains(number) { return }
            problems.note(
                "expiry_seconds_out_of_range", path,
                "`\(path)` must be a whole number of seconds between \(seconds.lowerBound) and \(seconds.upperBound).")
        }
    }

    /// An object by category in small letters, its values checked; the text as it is stored.
    private static func byCategory(
        _ key: String, _ reader: FieldReader, _ problems: inout FieldProblems,
        _ check: (JSONValue, String, inout FieldProblems) -> Void
    ) -> JSONText? {
        guard let value = reader[key] else { return nil }
        let before = problems.all.count
        let categories = TemplateCategory.allCases.map(\.rawValue)
        let fields = FieldReader(value, path: key + ".", known: categories, problems: &problems)
        for category in categories {
            if let own = fields[category] { check(own, "\(key).\(category)", &problems) }
        }
        guard problems.all.count == before else { return nil }
        return JSONText(value.serialized())
    }

    static func messageKinds(_ reader: FieldReader, _ problems: inout FieldProblems) -> [String]? {
        guard let value = reader["message_kinds"] else { return nil }
        let words = value.elements?.map(\.string) ?? []
        let kinds = words.compactMap { $0 }.filter(MessageReader.isKind)
        if (1...kindsMax).contains(words.count), kinds.count == words.count, Set(kinds).count == kinds.count {
            return kinds
        }
        problems.note(
            "message_kinds_invalid", "message_kinds",
            "`message_kinds` must be a list of 1 to \(kindsMax) different words of a-z, 0-9 and _, each beginning with a letter.")
        return nil
    }

    /// `{"delivery_rate":0.95,"failure_rate":0.05,"quality_score":0.9}`
    static func thresholds(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        guard let value = reader["thresholds"] else { return nil }
        let before = problems.all.count
        let names = TenantThresholds.names
        let fields = FieldReader(value, path: "thresholds.", known: names, problems: &problems)
        for name in names {
            guard let given = fields[name] else { continue }
            if let share = given.double ?? given.integer.map(Double.init), (0...1).contains(share) { continue }
            problems.note(
                "threshold_out_of_range", "thresholds.\(name)", "`thresholds.\(name)` must be a number between 0 and 1.")
        }
        return problems.all.count == before ? JSONText(value.serialized()) : nil
    }

    static func categories(_ reader: FieldReader, _ problems: inout FieldProblems) -> [String]? {
        guard let value = reader["opt_in_required"] else { return nil }
        let known = TemplateCategory.allCases.map { $0.rawValue.uppercased() }
        let words = value.elements?.map(\.string)
        if let words, words.allSatisfy({ word in word.map(known.contains) ?? false }) {
            return known.filter { words.contains($0) }
        }
        problems.note(
            "opt_in_required_invalid", "opt_in_required",
            "`opt_in_required` must be a list of categories: \(known.joined(separator: ", ")).")
        return nil
    }

    /// `{"name":"…","language":"en","variable":"text"}`: the free text goes into that variable.
    static func fallbackTemplate(_ reader: FieldReader, _ problems: inout FieldProblems) -> JSONText? {
        guard let value = reader["fallback_template"] else { return nil }
        let before = problems.all.count
        let path = "fallback_template."
        let fields = FieldReader(value, path: path, known: ["name", "language", "variable"], problems: &problems)
        guard problems.all.count == before else { return nil }
        for key in ["name", "language"] {
            if let text = fields.requiredText(key, &problems), !(1...512).contains(text.utf8.count) {
                problems.note("fallback_template_invalid", path + key, "`\(path)\(key)` must have 1 to 512 characters.")
            }
        }
        if let variable = fields.text("variable", &problems), !(1...64).contains(variable.utf8.count) {
            problems.note("fallback_template_invalid", path + "variable", "`\(path)variable` must have 1 to 64 characters.")
        }
        return problems.all.count == before ? JSONText(value.serialized()) : nil
    }

    /// Pages that may call the API: a scheme, a host, perhaps a port, and nothing behind it.
    static func origins(_ reader: FieldReader, _ problems: inout FieldProblems) -> [String]? {
        guard let value = reader["allowed_origins"] else { return nil }
        let texts = value.elements?.map(\.string) ?? [nil]
        let origins = texts.compactMap { $0.flatMap(origin) }
        if origins.count == texts.count, origins.count <= originsMax { return origins }
        problems.note(
            "allowed_origins_invalid", "allowed_origins",
            "`allowed_origins` must be a list of at most \(originsMax) origins, as in https://app.example.com: https, a "
                + "host, perhaps a port, no path. http is taken for localhost only.")
        return nil
    }

    private static func origin(_ text: String) -> String? {
        let text = text.lowercased()
        guard text.utf8.count <= originBytesMax else { return nil }
        let isSecure = text.hasPrefix("https://")
        guard isSecure || text.hasPrefix("http://") else { return nil }
        let parts = text.dropFirst(isSecure ? 8 : 7).split(separator: ":", omittingEmptySubsequences: false)
        let host = parts[0].utf8
        guard (1...2).contains(parts.count), !host.isEmpty, host.first != UInt8(ascii: "."),
            host.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || ".-".utf8.contains($0) }),
            isSecure || parts[0] == "localhost" || parts[0] == "127.0.0.1"
        else { return nil }
        if parts.count == 2 {
            guard let port = Int(parts[1]), (1...65_535).contains(port), String(port) == parts[1] else { return nil }
        }
        return text
    }
}
