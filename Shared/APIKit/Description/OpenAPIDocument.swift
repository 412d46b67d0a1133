internal import HTTPServer
package import JSON
internal import Models

/// The description of one API, put together once at the start from what its areas wrote.
///
/// An operation is written with `summary`, `responses` of its own (200, 201, 409, …), `requestBody` and the parameters
/// of its query. Added to it: its tag, an `operationId`, the parameters of its path that it does not describe (ids), the
/// scope its key needs (`x-scope`; written by itself where the method misleads), and the problems that every route can
/// answer: 400, 401, 403, 404 where the path names something, 413 where there is a body, 422, 429, 503. One that is
/// written with `"security": []` needs no key.
package struct OpenAPIDocument: Sendable {
    package struct About: Sendable {
        package let title: String
        package let summary: String
        /// Markdown.
        package let description: String
        /// How callers show who they are: the text of the security scheme.
        package let keys: String

        package init(title: String, summary: String, description: String, keys: String) {
            self.title = title
            self.summary = summary
            self.description = description
            self.keys = keys
        }
    }

    /// Ours, not OpenAPI's: raised when something that was there goes or changes.
    package static let version = "1.0.0"

    package let about: About
    package let parts: [DescriptionPart]
    package let operations: [DescribedOperation]
    /// The whole document.
    package let root: JSONValue
    package let bytes: [UInt8]

    package init(_ about: About, parts: [DescriptionPart]) throws {
        self.about = about
        self.parts = parts
        let read = try parts.map(ReadPart.init)
        operations = read.flatMap(\.operations)
        var seen: Set<String> = []
        for operation in operations where !seen.insert(operation.name).inserted {
            throw DescriptionError("\(operation.name) is described twice")
        }
        var writer = JSONWriter(capacity: 256 << 10)
        Self.write(about, read, into: &writer)
        bytes = writer.bytes
        do {
            root = try JSONDocument(parsing: writer.bytes).root
        } catch {
            throw DescriptionError("the description is no JSON: \(error)")
        }
        for component in ["schemas"] {
            let names = (root["components"]?[component]?.members ?? []).map(\.key)
            for name in Set(names) where names.count(where: { $0 == name }) > 1 {
                throw DescriptionError("\(component) has \(name) twice")
            }
        }
    }

    /// What a `$ref` of this document leads to.
    package func resolve(_ reference: String) -> JSONValue? {
        guard reference.hasPrefix("#/") else { return nil }
        return reference.dropFirst(2).split(separator: "/").reduce(root) { $0?[String($1)] }
    }

    private static func write(_ about: About, _ parts: [ReadPart], into writer: inout JSONWriter) {
        writer.object { writer in
            writer.field("openapi", "3.1.0")
            writer.field(
                "info",
                object: { writer in
                    writer.field("title", about.title)
                    writer.field("version", version)
                    writer.field("summary", about.summary)
                    writer.field("description", about.description)
                }
            )
            writer.field("servers", array: { list in list.object { $0.field("url", "/") } })
            writer.field("security", array: { list in list.object { $0.field("key", [String]()) } })
            writer.field(
                "tags",
                array: { list in
                    var seen: Set<String> = []
                    for part in parts where seen.insert(part.part.title).inserted {
                        list.object { writer in
                            writer.field("name", part.part.title)
                            writer.field("description", part.part.about)
                        }
                    }
                }
            )
            writer.field("paths", object: { write(parts, into: &$0) })
            writer.field("components", object: { writeComponents(about, parts, into: &$0) })
        }
    }

    private static func write(_ parts: [ReadPart], into writer: inout JSONWriter) {
        var order: [String] = []
        var byPath: [String: [DescribedOperation]] = [:]
        for operation in parts.flatMap(\.operations) {
            if byPath[operation.path] == nil { order.append(operation.path) }
            byPath[operation.path, default: []].append(operation)
        }
        for path in order {
            writer.key(path)
            writer.object { writer in
                for operation in byPath[path] ?? [] {
                    writer.key(operation.method.rawValue.lowercased())
                    writer.object { operation.write(into: &$0) }
                }
            }
        }
    }

    private static func writeComponents(_ about: About, _ parts: [ReadPart], into writer: inout JSONWriter) {
        writer.field(
            "securitySchemes",
            object: { writer in
                writer.field(
                    "key",
                    object: { writer in
                        writer.field("type", "http")
                        writer.field("scheme", "bearer")
                        writer.field("description", about.keys)
                    }
                )
            }
        )
        writer.key("parameters")
        writer.raw(SharedComponents.parameters)
        writer.key("headers")
        writer.raw(SharedComponents.headers)
        writer.key("responses")
        writer.raw(SharedComponents.responses)
        writer.field(
            "schemas",
            object: { writer in
                for member in parts.flatMap(\.schemas) {
                    writer.key(member.key)
                    writer.raw(member.value.serialized())
                }
            }
        )
    }
}

/// A part whose texts have been read.
struct ReadPart {
    let part: DescriptionPart
    let operations: [DescribedOperation]
    let schemas: [(key: String, value: JSONValue)]

    init(_ part: DescriptionPart) throws {
        self.part = part
        schemas = try Self.members(of: part.schemas, "schemas of \(part.title)")
        var operations: [DescribedOperation] = []
        for (path, item) in try Self.members(of: part.paths, "paths of \(part.title)") {
            for (word, written) in item.members ?? [] {
                guard let method = HTTPMethod(rawValue: word.uppercased()) else {
                    throw DescriptionError("\(path) has `\(word)`, which is no method; write parameters in the operation")
                }
                operations.append(try DescribedOperation(method, path, written, in: part))
            }
        }
        self.operations = operations
    }

    private static func members(of text: String, _ what: String) throws -> [(key: String, value: JSONValue)] {
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: Array(text.utf8))
        } catch {
            throw DescriptionError("\(what): \(error)")
        }
        guard let members = document.root.members else { throw DescriptionError("\(what) are no object") }
        if document.root.hasDuplicateKeys { throw DescriptionError("\(what) have a key twice") }
        return members
    }
}

extension DescribedOperation {
    init(_ method: HTTPMethod, _ path: String, _ written: JSONValue, in part: DescriptionPart) throws {
        self.method = method
        self.path = path
        title = part.title
        self.written = written
        isPublic = written["security"]?.elements?.isEmpty ?? false
        if let word = written["x-scope"]?.string {
            guard let scope = Scope(word) else { throw DescriptionError("\(path): `\(word)` is no scope") }
            self.scope = scope
        } else {
            scope = isPublic ? nil : part.area.map { Scope($0, isReadOnly: method == .get) }
        }
        guard written["summary"]?.string != nil else { throw DescriptionError("\(name) has no summary") }
        guard written["responses"]?.members?.isEmpty == false else { throw DescriptionError("\(name) has no responses") }
    }

    /// Names in braces, in their order.
    package var pathParameters: [String] {
        path.split(separator: "/").filter { $0.hasPrefix("{") && $0.hasSuffix("}") }
            .map { String($0.dropFirst().dropLast()) }
    }

    /// The problems that any route like this one can answer, by status, with the name of the shared response.
    private var problems: [(status: String, name: String)] {
        var problems = [("400", "Malformed")]
        if !isPublic { problems += [("401", "NotSignedIn"), ("403", "NotAllowed")] }
        if !pathParameters.isEmpty { problems.append(("404", "NotFound")) }
        if written["requestBody"] != nil { problems.append(("413", "TooLarge")) }
        problems += [("422", "Refused"), ("429", "TooManyRequests"), ("503", "Unavailable")]
        return problems
    }

    fileprivate func write(into writer: inout JSONWriter) {
        if written["tags"] == nil { writer.field("tags", [title]) }
        if written["operationId"] == nil { writer.field("operationId", operationID) }
        if let scope, written["x-scope"] == nil { writer.field("x-scope", scope.text) }
        for member in written.members ?? [] where member.key != "responses" && member.key != "parameters" {
            writer.key(member.key)
            writer.raw(member.value.serialized())
        }
        writeParameters(into: &writer)
        writer.field(
            "responses",
            object: { writer in
                let own = written["responses"]?.members ?? []
                for member in own {
                    writer.key(member.key)
                    writer.raw(member.value.serialized())
                }
                for problem in problems where !own.contains(where: { $0.key == problem.status }) {
                    writer.key(problem.status)
                    writer.object { $0.field("$ref", "#/components/responses/\(problem.name)") }
                }
            }
        )
    }

    private func writeParameters(into writer: inout JSONWriter) {
        let own = written["parameters"]?.elements ?? []
        let missing = pathParameters.filter { name in
            !own.contains { $0["in"]?.string == "path" && $0["name"]?.string == name }
        }
        guard !own.isEmpty || !missing.isEmpty else { return }
        writer.field(
            "parameters",
            array: { list in
                for name in missing {
                    list.object { writer in
                        writer.field("name", name)
                        writer.field("in", "path")
                        writer.field("required", true)
                        writer.field("schema", object: { $0.field("$ref", "#/components/schemas/Id") })
                    }
                }
                for parameter in own { list.raw(parameter.serialized()) }
            }
        )
    }

    /// `get_v1_messages_id`: what generators of clients name their functions by.
    private var operationID: String {
        let words = path.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
        return ([method.rawValue.lowercased()] + words.map(String.init)).joined(separator: "_")
    }
}
