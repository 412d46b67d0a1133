internal import Csimdjson

/// Why a text is not a document. Says nothing of its content.
package enum JSONError: Error, Equatable, Sendable {
    case malformed(String)
    /// Nested deeper than `JSONDocument.depthMax`.
    case tooDeep
    case notUTF8
}

/// A parsed JSON document (simdjson): the whole text was validated, UTF-8 included, and is owned here.
///
/// Safety: the C document is written before `init` returns, never changed after, and freed with this object.
package final class JSONDocument: @unchecked Sendable {
    /// Objects and arrays within each other. Meta's deepest webhook has 9.
    package static let depthMax = 64

    private let document: OpaquePointer

    package init(parsing bytes: UnsafeRawBufferPointer) throws(JSONError) {
        document = try Self.parse(bytes).get()
    }

    package init(parsing bytes: [UInt8]) throws(JSONError) {
        document = try bytes.withUnsafeBytes { Self.parse($0) }.get()
    }

    package init(parsing bytes: ArraySlice<UInt8>) throws(JSONError) {
        document = try bytes.withUnsafeBytes { Self.parse($0) }.get()
    }

    package init(parsing text: String) throws(JSONError) {
        var text = text
        document = try text.withUTF8 { Self.parse(UnsafeRawBufferPointer($0)) }.get()
    }

    deinit {
        tidings_json_free(document)
    }

    package var root: JSONValue {
        JSONValue(document: self, value: tidings_json_root(document))
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer) -> Result<OpaquePointer, JSONError> {
        var document: OpaquePointer?
        var reason: UnsafePointer<CChar>?
        let status = tidings_json_parse(bytes.baseAddress, bytes.count, depthMax, &document, &reason)
        if let document { return .success(document) }
        switch status {
        case TIDINGS_JSON_TOO_DEEP: return .failure(.tooDeep)
        case TIDINGS_JSON_NOT_UTF8: return .failure(.notUTF8)
        case TIDINGS_JSON_NO_MEMORY: return .failure(.malformed("too large for the memory there is"))
        default: return .failure(.malformed(reason.map { String(cString: $0) } ?? "not JSON"))
        }
    }
}
