import APIKit
import CSV
import HTTPServer
import JSON
import Models
import PhoneNumbers
import Postgres
import Storage

/// Reads an upload of recipients: JSON lines, `{"to":…,"variables":{…},"reference":…}`, or CSV with a column `to` (and
/// `reference`; every other column is a variable). What is no upload at all is refused whole, with its line; a recipient
/// that cannot be one is kept with its problem.
struct RecipientReader {
    static let writtenCharactersMax = 64
    static let variablesBytesMax = 8 << 10

    enum Format: Equatable {
        case jsonLines
        case csv

        /// - Parameter contentType: with or without parameters.
        init?(contentType: String?) {
            let type = contentType?.prefix { $0 != ";" }.filter { $0 != " " }.lowercased() ?? ""
            switch type {
            case "application/x-ndjson", "application/jsonl", "application/json-lines": self = .jsonLines
            case "text/csv": self = .csv
            default: return nil
            }
        }
    }

    let defaultRegion: String?

    func recipients(_ body: [UInt8], as format: Format) throws -> [BroadcastRecipient] {
        let recipients =
            switch format {
            case .jsonLines: try jsonLines(body)
            case .csv: try csv(body)
            }
        guard !recipients.isEmpty else {
            throw Problem.refused("recipients_empty", nil, "The body holds no recipient.")
        }
        guard recipients.count <= BroadcastStore.recipientsMax else {
            throw Problem.tooManyRecipients(BroadcastStore.recipientsMax)
        }
        return recipients
    }

    // MARK: JSON lines

    private func jsonLines(_ body: [UInt8]) throws -> [BroadcastRecipient] {
        var recipients: [BroadcastRecipient] = []
        var number = 0
        for line in body.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            if line.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
            guard let root = (try? JSONDocument(parsing: Array(line)))?.root, root.kind == .object, !root.hasDuplicateKeys
            else {
                throw Self.malformed(number, "it is not one JSON object with each key once")
            }
            var problems = FieldProblems()
            let reader = FieldReader(root, known: ["to", "variables", "reference"], problems: &problems)
            let (to, reference) = (reader.requiredText("to", &problems), reader.text("reference", &problems))
            if let variables = reader["variables"], variables.kind != .object, variables.kind != .array {
                problems.note("field_wrong_type", "variables", "`variables` must be an object or a list.")
            }
            if let first = problems.all.first { throw Self.malformed(number, first.detail) }
            recipients.append(recipient(to ?? "", reader["variables"]?.serialized(), reference))
        }
        return recipients
    }

    // MARK: CSV

    private func csv(_ body: [UInt8]) throws -> [BroadcastRecipient] {
        // What spreadsheets write at the beginning.
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = body.starts(with: mark) ? body.dropFirst(3) : body[...]
        let head = text.prefix { $0 != 0x0A }
        let semicolons = head.count { $0 == UInt8(ascii: ";") }
        let reader = CSVReader(delimiter: semicolons > head.count { $0 == UInt8(ascii: ",") } ? ";" : ",")
        let rows: [[String]]
        do {
            rows = try reader.read(text) + reader.finish()
        } catch {
            throw Self.malformed(error.row, error.reason)
        }
        guard let names = rows.first, let to = names.firstIndex(of: "to"), Set(names).count == names.count else {
            throw Self.malformed(1, "the first row must name the columns, each once, `to` among them")
        }
        let reference = names.firstIndex(of: "reference")
        let variables = names.indices.filter { $0 != to && $0 != reference && !names[$0].isEmpty }
        var recipients: [BroadcastRecipient] = []
        recipients.reserveCapacity(rows.count)
        for (index, row) in rows.enumerated().dropFirst() {
            guard row.count == names.count else {
                throw Self.malformed(index + 1, "it has \(row.count) fields, the first row has \(names.count)")
            }
            recipients.append(
                recipient(
                    row[to], variables.isEmpty ? nil : Self.object(variables.map { (names[$0], row[$0]) }),
                    reference.map { row[$0] }.flatMap { $0.isEmpty ? nil : $0 }))
        }
        return recipients
    }

    private static func object(_ members: [(String, String)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { object in
            for (name, value) in members {
                object.key(name)
                object.string(value)
            }
        }
        return writer.bytes
    }

    // MARK: One of them

    private func recipient(_ written: String, _ variables: [UInt8]?, _ reference: String?) -> BroadcastRecipient {
        let shown = String(written.prefix(Self.writtenCharactersMax)).replacing("\0", with: "")
        func refused(_ code: String, _ field: String, _ detail: String) -> BroadcastRecipient {
            BroadcastRecipient(
                written: shown, recipient: nil, country: nil, variables: nil, reference: nil,
                problem: BroadcastJSON.problem(FieldProblem(code, field, detail)))
        }
        guard let number = try? PhoneNumber.parse(written, defaultRegion: defaultRegion) else {
            return refused("to_invalid", "to", "This is no possible telephone number. Write it with its country code.")
        }
        if let variables, variables.count > Self.variablesBytesMax {
            return refused(
                "variables_too_large", "variables", "The variables of one recipient may have \(Self.variablesBytesMax) bytes.")
        }
        if let reference, reference.unicodeScalars.count > MessageReader.referenceCharactersMax {
            return refused(
                "reference_invalid", "reference",
                "`reference` may have \(MessageReader.referenceCharactersMax) characters.")
        }
        return BroadcastRecipient(
            written: shown, recipient: number.e164, country: number.region, variables: variables.map { JSONText(storable: $0) },
            reference: reference, problem: nil)
    }

    private static func malformed(_ line: Int, _ reason: String) -> Problem {
        Problem.refused("recipients_malformed", "line \(line)", "Line \(line) cannot be read: \(reason). Nothing was added.")
    }
}

extension CSVReader.Malformed {
    fileprivate var row: Int {
        switch self {
        case .quote(let row), .open(let row), .notUTF8(let row), .fieldTooLarge(let row): row
        }
    }

    fileprivate var reason: String {
        switch self {
        case .quote: "a quote stands where none may be"
        case .open: "a quoted field has no end"
        case .notUTF8: "it is not UTF-8"
        case .fieldTooLarge: "a field is larger than \(CSVReader.fieldBytesMax) bytes"
        }
    }
}

extension Problem {
    static func tooManyRecipients(_ max: Int) -> Problem {
        .refused("recipients_too_many", nil, "A broadcast of yours may have \(max) recipients. Make several broadcasts.")
    }

    static var uploadFormatUnknown: Problem {
        Problem(
            status: 415, code: "content_type_unsupported", title: "Not a format we read",
            detail: "Send recipients as `application/x-ndjson` (JSON lines) or `text/csv`.", field: "Content-Type")
    }
}
