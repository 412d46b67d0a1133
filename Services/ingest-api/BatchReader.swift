import APIKit
import JSON
import Models
import Storage

/// Reads a batch in either of its forms: `{"messages":[…]}`, each like a single message, or the shorthand
/// `{"type":…,"template":…,"recipients":[{"to":…,"variables":…,"reference":…}]}`.
struct BatchReader {
    private static let recipientFields = ["to", "contact_id", "variables", "reference", "metadata"]

    enum Item: Sendable {
        case accepted(MessageReader.Reading)
        case refused([FieldProblem])

        var message: NewMessage? {
            switch self {
            case .accepted(let reading): reading.message
            case .refused: nil
            }
        }
    }

    let reader: MessageReader
    let batchID: BatchID
    let makeID: () -> MessageID

    /// One item a recipient, in order; nil when the batch as a whole is wrong, which has then been noted.
    func items(of root: JSONValue, problems: inout FieldProblems) -> [Item]? {
        if root["recipients"] != nil { return recipients(of: root, &problems) }
        let fields = FieldReader(root, known: ["messages"], problems: &problems)
        guard root.kind == .object, let list = list("messages", fields, &problems), problems.isEmpty else {
            return nil
        }
        return list.map { object in
            item { problems in
                reader.message(from: object, id: makeID(), batchID: batchID, problems: &problems)
            }
        }
    }

    private func recipients(of root: JSONValue, _ problems: inout FieldProblems) -> [Item]? {
        let known = MessageReader.fields.filter { $0 != "to" && $0 != "contact_id" && $0 != "reference" } + ["recipients"]
        let common = FieldReader(root, known: known, problems: &problems)
        guard let list = list("recipients", common, &problems), problems.isEmpty else { return nil }
        return list.map { object in
            item { problems in
                let own = FieldReader(object, known: Self.recipientFields, problems: &problems)
                return reader.message(
                    from: FieldReader(own, over: common),
                    variables: own["variables"],
                    id: makeID(),
                    batchID: batchID,
                    problems: &problems
                )
            }
        }
    }

    private func item(_ read: (inout FieldProblems) -> MessageReader.Reading?) -> Item {
        var problems = FieldProblems()
        return read(&problems).map(Item.accepted) ?? .refused(problems.all)
    }

    private func list(_ name: String, _ fields: FieldReader, _ problems: inout FieldProblems) -> [JSONValue]?
    {
        guard let value = fields.required(name, &problems) else { return nil }
        guard let list = value.elements else {
            problems.note("field_wrong_type", name, "`\(name)` must be a list.")
            return nil
        }
        guard (1...Acceptor.batchMessagesMax).contains(list.count) else {
            problems.note(
                list.isEmpty ? "batch_empty" : "batch_too_large",
                name,
                "`\(name)` must have 1 to \(Acceptor.batchMessagesMax) entries; it has \(list.count)."
            )
            return nil
        }
        return list
    }
}
