import APIKit
import HTTPServer
import JSON
import Models
import Postgres
import Runtime
import Storage
import TestSupport
import Testing

@testable import ingest_api

/// Everything that is wrong with a description by itself.
struct DescriptionReview {
    private(set) var findings: [String] = []
    private let document: OpenAPIDocument

    init(_ document: OpenAPIDocument) {
        self.document = document
        references(in: document.root, "")
        for operation in document.operations { review(operation) }
        let used = document.root.references
        for name in (document.root["components"]?["schemas"]?.members ?? []).map(\.key)
        where !used.contains("#/components/schemas/\(name)") && !Self.offered.contains(name) {
            findings.append("schema \(name) is used by nobody")
        }
    }

    /// Shared words that an API may do without.
    private static let offered: Set<String> = ["Id", "Timestamp", "NextCursor", "Country", "Currency", "FieldProblem"]

    private mutating func references(in value: JSONValue, _ place: String) {
        for reference in value.references where document.resolve(reference) == nil {
            findings.append("\(reference) leads nowhere")
        }
    }

    private mutating func review(_ operation: DescribedOperation) {
        guard let whole = document.root["paths"]?[operation.path]?[operation.method.rawValue.lowercased()] else {
            findings.append("\(operation.name) got lost")
            return
        }
        for (status, written) in whole["responses"]?.members ?? [] {
            let response = written["$ref"]?.string.flatMap(document.resolve) ?? written
            if response["description"]?.string == nil { findings.append("\(operation.name) \(status) has no description") }
            for (type, content) in response["content"]?.members ?? [] where type == "application/json" {
                guard let schema = content["schema"] else {
                    findings.append("\(operation.name) \(status) has no schema")
                    continue
                }
                closed(schema, "\(operation.name) \(status)")
            }
        }
        for (type, content) in whole["requestBody"]?["content"]?.members ?? [] where type == "application/json" {
            if content["example"] == nil && content["examples"] == nil {
                findings.append("\(operation.name) has no example of its body")
            }
            if let schema = content["schema"] { closed(schema, "the body of \(operation.name)") }
        }
    }

    /// Every object says whether there may be others beside its properties.
    private mutating func closed(_ schema: JSONValue, _ place: String, depth: Int = 0) {
        guard depth < 20 else { return }
        if let reference = schema["$ref"]?.string {
            guard let target = document.resolve(reference) else { return }
            closed(target, "\(place) → \(reference.split(separator: "/").last ?? "")", depth: depth + 1)
            return
        }
        let types = schema["type"]?.string.map { [$0] } ?? schema["type"]?.elements?.compactMap(\.string) ?? []
        if types.contains("object"), schema["additionalProperties"] == nil, schema["unevaluatedProperties"] == nil {
            let finding = "\(place): an object that does not say `additionalProperties`"
            if !findings.contains(finding) { findings.append(finding) }
        }
        let properties = schema["properties"]?.members ?? []
        for (name, property) in properties { closed(property, "\(place).\(name)", depth: depth + 1) }
        if schema["allOf"] == nil {
            let names = Set(properties.map(\.key))
            for name in schema["required"]?.elements?.compactMap(\.string) ?? [] where !names.contains(name) {
                findings.append("\(place): `\(name)` is required and not described")
            }
        }
        if let items = schema["items"] { closed(items, "\(place)[]", depth: depth + 1) }
        if let values = schema["additionalProperties"], values.kind == .object { closed(values, "\(place).*", depth: depth + 1) }
        for choice in (schema["oneOf"]?.elements ?? []) + (schema["anyOf"]?.elements ?? []) {
            closed(choice, place, depth: depth + 1)
        }
    }
}

/// A body with one field that nobody knows, and the sets of fields that may be known in its place.
struct UnknownFieldBody {
    let text: String
    let expected: Set<Set<String>>
}

extension OpenAPIDocument {
    func queryParameters(of operation: DescribedOperation) -> Set<String> {
        let all = (operation.written["parameters"]?.elements ?? []).map { parameter in
            parameter["$ref"]?.string.flatMap(resolve) ?? parameter
        }
        return Set(all.filter { $0["in"]?.string == "query" }.compactMap { $0["name"]?.string })
    }

    /// One for the body itself and for each closed object within its example.
    func unknownFieldBodies(of operation: DescribedOperation) -> [UnknownFieldBody] {
        guard let content = operation.written["requestBody"]?["content"]?["application/json"],
            let schema = content["schema"]
        else { return [] }
        let example = content["example"] ?? content["examples"]?.members?.first?.value["value"]
        guard let example else { return [] }
        var bodies: [UnknownFieldBody] = []
        collect(example, [schema], [], of: example, into: &bodies)
        return bodies
    }

    private func collect(
        _ value: JSONValue, _ schemas: [JSONValue], _ path: [String], of example: JSONValue,
        into bodies: inout [UnknownFieldBody]
    ) {
        let choices = schemas.flatMap(alternatives)
        if let members = value.members {
            let closed = choices.filter { $0["additionalProperties"]?.boolean == false }
            let known = closed.map { Set(($0["properties"]?.members ?? []).map(\.key)) }
            if !known.isEmpty, closed.count == choices.filter({ $0["type"]?.string == "object" }).count {
                var writer = JSONWriter()
                example.write(addingTo: path[...], into: &writer)
                bodies.append(UnknownFieldBody(text: writer.text, expected: Set(known)))
            }
            for (key, member) in members {
                let inner = choices.compactMap { $0["properties"]?[key] }
                if !inner.isEmpty { collect(member, inner, path + [key], of: example, into: &bodies) }
            }
        } else if let first = value.elements?.first {
            collect(first, choices.compactMap { $0["items"] }, path + ["0"], of: example, into: &bodies)
        }
    }

    /// What a schema allows, its references followed and its choices spread.
    private func alternatives(_ schema: JSONValue) -> [JSONValue] {
        if let reference = schema["$ref"]?.string { return resolve(reference).map(alternatives) ?? [] }
        let choices = (schema["oneOf"]?.elements ?? []) + (schema["anyOf"]?.elements ?? [])
        return choices.isEmpty ? [schema] : choices.flatMap(alternatives)
    }
}

extension JSONValue {
    /// Every `$ref` in it.
    var references: Set<String> {
        var found: Set<String> = []
        for (key, value) in members ?? [] {
            if key == "$ref", let reference = value.string { found.insert(reference) }
            found.formUnion(value.references)
        }
        for element in elements ?? [] { found.formUnion(element.references) }
        return found
    }

    /// The same with one member more in the object that the path leads to.
    fileprivate func write(addingTo path: ArraySlice<String>?, into writer: inout JSONWriter) {
        if let members {
            writer.object { writer in
                for (key, value) in members {
                    writer.key(key)
                    value.write(addingTo: path?.first == key ? path?.dropFirst() : nil, into: &writer)
                }
                if path?.isEmpty == true { writer.field("zz_unknown", 1) }
            }
        } else if let elements {
            writer.array { writer in
                for (index, value) in elements.enumerated() {
                    value.write(addingTo: path?.first == "\(index)" ? path?.dropFirst() : nil, into: &writer)
                }
            }
        } else {
            writer.raw(serialized())
        }
    }
}

extension RunningAPI {
    var bearer: String { "Bearer \(tenants.first.key.secret.reveal())" }

    /// A further key of the first tenant.
    func key(scopes: [String]) async throws -> String {
        let key = APIKey.make()
        _ = try await tenants.platform.execute(
            """
            INSERT INTO api_keys (tenant_id, id, name, prefix, hash, scopes)
            VALUES (\(tenants.first.id), \(IDSource().uuid()), 'further', \(key.prefix), \(Bytes(key.hash)), \(scopes))
            """)
        return key.secret.reveal()
    }

    /// The operation's address with the id of something that is there, made from the example of the collection's own
    /// POST; with an unknown id where there is no such example.
    func realTarget(of operation: DescribedOperation, _ document: OpenAPIDocument) async throws -> String {
        var target = ""
        for segment in operation.path.split(separator: "/") {
            guard segment.hasPrefix("{") else {
                target += "/\(segment)"
                continue
            }
            let maker = document.operations.first { $0.method == .post && $0.path == target }
            let example = maker?.written["requestBody"]?["content"]?["application/json"]?["example"]
            var id = "0199aaaa-0000-7000-8000-000000000001"
            if let example {
                let made = try await send(.post, target, example.text, authorization: bearer)
                id = made.json["id"]?.string ?? id
            }
            target += "/\(id)"
        }
        return target
    }
}

extension JSONValue {
    var text: String { String(decoding: serialized(), as: UTF8.self) }
}
