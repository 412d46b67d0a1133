import APIKit
import JSON
import Models
import PhoneNumbers
import Storage

/// Reads the filter that lists, plans and status refreshes share, from an address or from a JSON object.
struct FilterReading {
    static let names = [
        "status", "kind", "to", "reference", "batch_id", "template", "error_code", "created_from", "created_to",
    ]

    /// "" for an address, else with its point: `filter.`
    let path: String
    let catalog: TenantCatalog
    private(set) var problems: FieldProblems
    private let text: (String) -> String?

    init(path: String, catalog: TenantCatalog, problems: FieldProblems, text: @escaping (String) -> String?) {
        self.path = path
        self.catalog = catalog
        self.problems = problems
        self.text = text
    }

    /// The filter in the member `filter` of a body: texts, numbers, and for `status` also a list. None filters nothing.
    static func filter(
        in reader: FieldReader, _ catalog: TenantCatalog, _ problems: inout FieldProblems
    ) -> MessageFilter {
        guard let object = reader["filter"] else { return MessageFilter() }
        let fields = FieldReader(object, path: "filter.", known: names, problems: &problems)
        var texts: [String: String] = [:]
        for name in names {
            guard let value = fields[name] else { continue }
            if let text = value.filterText {
                texts[name] = text
            } else {
                problems.note("field_wrong_type", "filter.\(name)", "`filter.\(name)` must be a string.")
            }
        }
        var reading = FilterReading(path: "filter.", catalog: catalog, problems: problems) { texts[$0] }
        defer { problems = reading.problems }
        return reading.filter()
    }

    mutating func filter() -> MessageFilter {
        var filter = MessageFilter()
        filter.states = states()
        filter.kind = text("kind")
        filter.recipient = value(
            "to", "to_invalid", "Write the number with its country code; + is %2B in an address."
        ) { [catalog] in
            // In an address a bare + means a blank: take it for what was meant.
            let written = $0.hasPrefix(" ") ? "+" + $0.dropFirst() : $0
            return try? PhoneNumber.parse(written, defaultRegion: catalog.defaultRegion).e164
        }
        filter.reference = text("reference")
        filter.batchID = value("batch_id", "batch_id_invalid", "A batch's id is a UUID.") { BatchID($0) }
        filter.templates = templates()
        filter.errorCode = value("error_code", "error_code_invalid", "Write a provider's code, as in 131026.") {
            Int32($0).map(Int.init)
        }
        filter.createdFrom = time("created_from")
        filter.createdTo = time("created_to")
        return filter
    }

    private mutating func states() -> Set<MessageState> {
        let words = MessageState.allCases.map(\.name).joined(separator: ", ")
        let how = "Write one or several of \(words), with commas between."
        return value("status", "status_unknown", how) {
            let states = $0.split(separator: ",").map { MessageState(name: $0) }
            return states.contains(nil) || states.isEmpty ? nil : Set(states.compactMap { $0 })
        } ?? []
    }

    /// By the id of one translation, or by the name of all.
    private mutating func templates() -> Set<TemplateID>? {
        value("template", "template_not_found", "Write the name or the id of one of your templates.") { [catalog] in
            if let id = TemplateID($0) {
                return catalog.templates.contains { $0.id == id } ? [id] : nil
            }
            let named = catalog.templates(named: $0)
            return named.isEmpty ? nil : Set(named.map(\.id))
        }
    }

    private mutating func time(_ name: String) -> Timestamp? {
        let how =
            "`\(path)\(name)` must be a time with its offset, as in 2027-01-31T09:30:00Z (a + is %2B in an address)."
        return value(name, "\(name)_invalid", how) { Timestamp(rfc3339: $0) }
    }

    private mutating func value<Value>(
        _ name: String, _ code: String, _ detail: String, _ read: (String) -> Value?
    ) -> Value? {
        guard let text = text(name) else { return nil }
        if let value = read(text) { return value }
        problems.note(code, path + name, detail)
        return nil
    }
}

extension QueryReader {
    /// The filter of lists, whose names must be among the known ones.
    mutating func filter(_ catalog: TenantCatalog) -> MessageFilter {
        var reading = FilterReading(path: "", catalog: catalog, problems: FieldProblems()) { [self] in text($0) }
        let filter = reading.filter()
        for problem in reading.problems.all { note(problem.code, problem.field ?? "", problem.detail) }
        return filter
    }
}

extension JSONValue {
    fileprivate var filterText: String? {
        switch kind {
        case .string: return string
        case .integer: return integer.map { "\($0)" }
        case .array:
            let words = elements?.compactMap(\.string) ?? []
            return words.count == elements?.count && !words.isEmpty ? words.joined(separator: ",") : nil
        case .object, .double, .boolean, .null: return nil
        }
    }
}
