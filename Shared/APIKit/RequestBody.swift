package import HTTPServer
package import JSON

/// The JSON body of a request, with everything refused that two readers could understand differently.
package enum RequestBody {
    package static func document(of request: Request, bytesMax: Int) throws -> JSONValue {
        guard request.body.count <= bytesMax else { throw Problem.bodyTooLarge(bytesMax: bytesMax) }
        guard !request.body.isEmpty else { throw Problem.bodyMalformed("it is empty.") }
        let document: JSONDocument
        do {
            document = try JSONDocument(parsing: request.body)
        } catch .malformed(let reason) {
            throw Problem.bodyMalformed("\(reason).")
        } catch .tooDeep {
            throw Problem.bodyMalformed("it is nested deeper than \(JSONDocument.depthMax) levels.")
        } catch .notUTF8 {
            throw Problem.bodyMalformed("it is not UTF-8.")
        }
        let root = document.root
        if root.hasDuplicateKeys {
            throw Problem.refused(
                "json_duplicate_key",
                nil,
                "An object in the body has the same key twice. Leave one of them out."
            )
        }
        // Postgres' text cannot hold the character U+0000, and nobody sends it on purpose.
        if mayHoldNull(request.body), holdsNull(root) {
            throw Problem.refused("null_character", nil, "The body holds the character U+0000. Leave it out.")
        }
        return root
    }

    /// Whether `\u0000` stands anywhere: JSON has no other way to write that character.
    private static func mayHoldNull(_ body: [UInt8]) -> Bool {
        let pattern = Array("\\u0000".utf8)
        guard body.count >= pattern.count else { return false }
        return body.withUnsafeBufferPointer { bytes in
            var index = 0
            let last = bytes.count - pattern.count
            while index <= last {
                if bytes[index] == pattern[0], bytes[index..<index + pattern.count].elementsEqual(pattern) {
                    return true
                }
                index += 1
            }
            return false
        }
    }

    private static func holdsNull(_ value: JSONValue) -> Bool {
        switch value.kind {
        case .string: value.string?.utf8.contains(0) ?? false
        case .array: value.elements?.contains(where: holdsNull) ?? false
        case .object: value.members?.contains { $0.key.utf8.contains(0) || holdsNull($0.value) } ?? false
        case .integer, .double, .boolean, .null: false
        }
    }
}
