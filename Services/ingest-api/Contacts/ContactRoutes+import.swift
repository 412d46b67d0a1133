import APIKit
import CSV
import HTTPServer
import JSON
import Models
import Storage

/// Many people at once: JSON, JSON lines or CSV. Who is known already takes what is given.
extension ContactRoutes {
    static let importBytesMax = 4 << 20
    static let importRowsMax = 10_000
    /// Rows whose problems an answer lists.
    static let problemsListedMax = 100

    func importContacts(_ request: Request) async throws -> Response {
        let caller = try await parts.callers.caller(of: request, for: .contacts)
        try request.refuseParameters()
        guard request.body.count <= Self.importBytesMax else { throw Problem.bodyTooLarge(bytesMax: Self.importBytesMax) }
        let rows = try Self.rows(of: request)
        guard (1...Self.importRowsMax).contains(rows.count) else {
            throw Problem.refused(
                rows.isEmpty ? "import_empty" : "import_too_large", nil,
                "An import has 1 to \(Self.importRowsMax) contacts; this one has \(rows.count).")
        }
        var result = ImportResult()
        let reader = try await reader(caller)
        var drafts: [(row: Int, draft: ContactDraft)] = []
        for (index, row) in rows.enumerated() {
            var problems = FieldProblems()
            switch row {
            case .success(let object):
                if let draft = reader.draft(from: object, source: "import", &problems) {
                    drafts.append((index + 1, draft))
                }
            case .failure(let problem): problems.note(problem.code, problem.field, problem.detail)
            }
            if !problems.isEmpty { result.refuse(index + 1, problems.all) }
        }
        for start in stride(from: 0, to: drafts.count, by: ContactStore.draftsMax) {
            let portion = Array(drafts[start..<min(start + ContactStore.draftsMax, drafts.count)])
            let writing = writing(
                .createOrUpdate, "import", caller, "contacts.imported", detail: [("contacts", "\(portion.count)")])
            let outcomes = try await withStorage { try await store.write(portion.map(\.draft), writing) }
            for (entry, outcome) in zip(portion, outcomes) { result.take(outcome, row: entry.row) }
        }
        tell(caller, if: drafts.contains { !$0.draft.consents.isEmpty })
        return .json(200, result.json)
    }

    private typealias ImportRow = Result<JSONValue, FieldProblem>

    private static func rows(of request: Request) throws -> [ImportRow] {
        let type = request.header("content-type")?.lowercased() ?? "application/json"
        if type.hasPrefix("text/csv") { return try csv(request.body) }
        if type.hasPrefix("application/x-ndjson") || type.hasPrefix("application/jsonl") { return lines(request.body) }
        let root = try RequestBody.document(of: request, bytesMax: importBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["contacts"], problems: &problems)
        let list = reader.required("contacts", &problems)?.elements
        if problems.isEmpty, list == nil {
            problems.note("field_wrong_type", "contacts", "`contacts` must be a list.")
        }
        guard problems.isEmpty, let list else { throw Problem.refused(problems.all) }
        return list.map { .success($0) }
    }

    private static func lines(_ body: [UInt8]) -> [ImportRow] {
        body.split(separator: UInt8(ascii: "\n"))
            .filter { line in line.contains { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") } }
            .map { line in row(Array(line)) }
    }

    private static func row(_ bytes: [UInt8]) -> ImportRow {
        guard let root = (try? JSONDocument(parsing: bytes))?.root, !root.hasDuplicateKeys, !holdsNull(bytes) else {
            return .failure(FieldProblem("json_malformed", nil, "This line is not one JSON object in UTF-8."))
        }
        return .success(root)
    }

    /// Postgres' text cannot hold the character U+0000.
    private static func holdsNull(_ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).contains("\\u0000") || bytes.contains(0)
    }

    /// The first row names the columns: those of a contact, `attributes.NAME`, and `marketing`, `utility`,
    /// `authentication` with opted_in or opted_out, beside `consent_source` and `consent_at`. Tags stand between `;`.
    private static func csv(_ body: [UInt8]) throws -> [ImportRow] {
        let rows: [[String]]
        do {
            let reader = CSVReader()
            rows = try reader.read(body) + reader.finish()
        } catch {
            throw Problem.refused("csv_malformed", nil, "The file is not CSV in UTF-8: \(error.words).")
        }
        guard let header = rows.first else { return [] }
        if let unknown = header.first(where: { !ImportColumns.isKnown($0) }) {
            throw Problem.refused(
                "column_unknown", unknown.shortened,
                "There is no column `\(unknown.shortened)`. Columns: \(ImportColumns.names.joined(separator: ", ")), "
                    + "attributes.NAME.")
        }
        return rows.dropFirst().map { row(ImportColumns(header: header, row: $0).json) }
    }
}

/// One row of CSV as the JSON that it stands for.
private struct ImportColumns {
    static let names =
        ["phone", "user_id", "external_id", "name", "language", "tags"] + categories + ["consent_source", "consent_at"]
    private static let categories = TemplateCategory.allCases.map(\.rawValue)
    private static let attributePrefix = "attributes."

    private let cells: [(name: String, value: String)]

    init(header: [String], row: [String]) {
        cells = zip(header, row).filter { !$1.isEmpty }.map { (name: $0, value: $1) }
    }

    static func isKnown(_ name: String) -> Bool {
        names.contains(name) || (name.hasPrefix(attributePrefix) && name.count > attributePrefix.count)
    }

    private subscript(_ name: String) -> String? { cells.first { $0.name == name }?.value }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for name in ["phone", "user_id", "external_id", "name", "language"] {
                guard let value = self[name] else { continue }
                writer.key(name)
                writer.string(value)
            }
            if let tags = self["tags"] {
                writer.field("tags", tags.split(separator: ";").map { String($0) }.filter { !$0.isEmpty })
            }
            let attributes = cells.filter { $0.name.hasPrefix(Self.attributePrefix) }
            if !attributes.isEmpty {
                writer.field(
                    "attributes",
                    object: { writer in
                        for (name, value) in attributes {
                            writer.key(String(name.dropFirst(Self.attributePrefix.count)))
                            writer.string(value)
                        }
                    })
            }
            let consents = Self.categories.compactMap { name in self[name].map { (name, $0) } }
            if !consents.isEmpty { writer.field("consents", array: { write(consents, into: &$0) }) }
        }
        return writer.bytes
    }

    private func write(_ consents: [(category: String, status: String)], into list: inout JSONWriter) {
        for (category, status) in consents {
            list.object { writer in
                writer.field("category", category)
                writer.field("status", status)
                writer.field("source", self["consent_source"])
                writer.field("at", self["consent_at"])
            }
        }
    }
}

/// What became of an import.
private struct ImportResult {
    private var created = 0
    private var updated = 0
    private var refused = 0
    private var listed: [(row: Int, problems: [FieldProblem])] = []

    mutating func refuse(_ row: Int, _ problems: [FieldProblem]) {
        refused += 1
        if listed.count < ContactRoutes.problemsListedMax { listed.append((row, problems)) }
    }

    mutating func take(_ outcome: ContactStore.WriteOutcome, row: Int) {
        switch outcome {
        case .created: created += 1
        case .updated: updated += 1
        case .exists(let id), .conflict(let id):
            refuse(
                row,
                [
                    FieldProblem(
                        "contact_exists", nil,
                        "Its phone, user id and external id are not those of one contact; \(id) has one of them.")
                ])
        case .beyondPlan(let max):
            refuse(row, [FieldProblem("plan_limit_reached", nil, "Your plan allows \(max) contacts.")])
        }
    }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.field("created", created)
            writer.field("updated", updated)
            writer.field("refused", refused)
            writer.field(
                "problems",
                array: { list in
                    for (row, problems) in listed {
                        list.object { writer in
                            writer.field("row", row)
                            writer.field("errors", array: { Self.write(problems, into: &$0) })
                        }
                    }
                })
        }
        return writer.bytes
    }

    private static func write(_ problems: [FieldProblem], into list: inout JSONWriter) {
        for problem in problems {
            list.object { writer in
                writer.field("code", problem.code)
                writer.field("field", problem.field)
                writer.field("detail", problem.detail)
            }
        }
    }
}

extension CSVReader.Malformed {
    fileprivate var words: String {
        switch self {
        case .quote(let row): "there is a quote where none may be, in row \(row)"
        case .open(let row): "a quote is never closed, in row \(row)"
        case .notUTF8(let row): "row \(row) is not UTF-8"
        case .fieldTooLarge(let row): "a field is too large, in row \(row)"
        }
    }
}
