import APIKit
import Foundation
import HTTPClient
import HTTPServer
import JSON
import Models
import Storage

/// Reads what a tenant says about an endpoint.
struct CallbackReader: Sendable {
    static let bodyBytesMax = 32 << 10
    static let urlCharactersMax = 2_000
    static let descriptionCharactersMax = 500
    static let overlapHoursMax = 168
    static let overlapHoursStandard = 24

    /// Development: http, and addresses that are not public.
    let allowsPrivate: Bool

    struct NewCallback: Sendable {
        let url: String
        let description: String
        let events: [String]
    }

    func creation(_ request: Request) throws -> NewCallback {
        let (changes, problems) = try read(request, known: ["url", "description", "events"], needsURL: true)
        guard problems.isEmpty, let url = changes.url else { throw Problem.refused(problems.all) }
        return NewCallback(
            url: url, description: changes.description ?? "",
            events: changes.events ?? CallbackEventType.standard.map(\.rawValue))
    }

    func changes(_ request: Request) throws -> CallbackChanges {
        let (changes, problems) = try read(
            request, known: ["url", "description", "events", "status"], needsURL: false)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return changes
    }

    private func read(
        _ request: Request, known: [String], needsURL: Bool
    ) throws -> (CallbackChanges, FieldProblems) {
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: known, problems: &problems)
        var changes = CallbackChanges()
        if needsURL || reader.has("url") {
            changes.url = reader.requiredText("url", &problems).flatMap { url($0, &problems) }
        }
        changes.description = reader.isNull("description") ? "" : reader.text("description", &problems)
        if let text = changes.description, text.unicodeScalars.count > Self.descriptionCharactersMax {
            problems.note(
                "description_too_long", "description",
                "`description` may have \(Self.descriptionCharactersMax) characters.")
        }
        changes.events =
            reader.isNull("events")
            ? CallbackEventType.standard.map(\.rawValue) : events(reader["events"], &problems)
        if let word = reader.text("status", &problems) {
            switch CallbackStatus(rawValue: word) {
            case .active: changes.status = .active
            case .paused: changes.status = .paused
            case .disabled, nil:
                problems.note("status_unknown", "status", "`status` must be active or paused.")
            }
        }
        return (changes, problems)
    }

    // MARK: Address

    private func url(_ text: String, _ problems: inout FieldProblems) -> String? {
        guard let reason = refusal(of: text) else { return text }
        problems.note("callback_url_invalid", "url", "`url` \(reason)")
        return nil
    }

    /// Why an address cannot be used; nil when it can. Whether its host is a public one is looked at again each time it
    /// is called, after its name was resolved.
    func refusal(of text: String) -> String? {
        guard text.utf8.count <= Self.urlCharactersMax else { return "may have \(Self.urlCharactersMax) characters." }
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }),
            let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty
        else { return "must be an address as in https://example.com/tidings, in ASCII." }
        switch parts.scheme?.lowercased() {
        case "https": break
        case "http" where allowsPrivate: break
        default: return "must begin with https://."
        }
        if parts.user != nil || parts.password != nil { return "must not hold a name or password: deliveries are signed." }
        if parts.fragment != nil { return "must not have a part after #." }
        if let port = parts.port, !(1...65_535).contains(port) { return "names a port that does not exist." }
        if allowsPrivate { return nil }
        let name = host.trimmingCharacters(in: CharacterSet(charactersIn: "[].")).lowercased()
        let isAddress = name.contains(":") || name.allSatisfy { $0.isNumber || $0 == "." }
        if isAddress, !PublicAddress.isPublic(text: name) { return "must lie at a public address." }
        let isInside = !isAddress && (!name.contains(".") || Self.insideEnds.contains { name.hasSuffix($0) })
        return isInside ? "must lie at a public address." : nil
    }

    /// Names that never are public ones (RFC 6761, RFC 8375).
    private static let insideEnds = [".localhost", ".local", ".internal", ".home.arpa", ".invalid", ".test"]

    // MARK: Events

    private func events(_ value: JSONValue?, _ problems: inout FieldProblems) -> [String]? {
        guard let value else { return nil }
        guard let elements = value.elements, !elements.isEmpty else {
            problems.note("field_wrong_type", "events", "`events` must be a list of at least one word.")
            return nil
        }
        var words: [String] = []
        for (index, element) in elements.enumerated() {
            guard let word = element.string, CallbackEventType.words.contains(word) else {
                problems.note(
                    "event_unknown", "events[\(index)]",
                    "There is no such event. GET /v1/callbacks/event-types lists them; message.* and * work too.")
                continue
            }
            if !words.contains(word) { words.append(word) }
        }
        return problems.isEmpty ? words : nil
    }

    /// `{"overlap_hours":24}`: how long the secret before goes on signing.
    func overlap(_ request: Request) throws -> Duration {
        if request.body.isEmpty { return .seconds(Self.overlapHoursStandard * 3_600) }
        let root = try RequestBody.document(of: request, bytesMax: Self.bodyBytesMax)
        var problems = FieldProblems()
        let reader = FieldReader(root, known: ["overlap_hours"], problems: &problems)
        let hours = reader.integer("overlap_hours", in: 0...Self.overlapHoursMax, &problems)
        guard problems.isEmpty else { throw Problem.refused(problems.all) }
        return .seconds((hours ?? Self.overlapHoursStandard) * 3_600)
    }
}
