internal import JSON
package import Models

/// The shape of a log line, apart from where it goes.
package enum LogLine {
    /// A field beyond this is cut: one error text must not fill the disk.
    package static let fieldBytesMax = 2_048

    package static func bytes(
        at instant: Timestamp,
        level: LogLevel,
        service: String,
        sentence: StaticString,
        fields: LogFields,
        trace: TraceContext? = nil
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 256)
        writer.object { line in
            line.field("time", instant.rfc3339)
            line.field("level", level.rawValue)
            line.field("service", service)
            line.field("message", sentence.description)
            for (name, value) in fields {
                line.key(name)
                line.string(cut(value))
            }
            if let trace {
                line.field("trace_id", trace.traceID.description)
                line.field("span_id", trace.spanID.description)
            }
        }
        return writer.bytes + [UInt8(ascii: "\n")]
    }

    private static func cut(_ value: String) -> String {
        guard value.utf8.count > fieldBytesMax else { return value }
        return String(decoding: value.utf8.prefix(fieldBytesMax), as: UTF8.self) + "…"
    }
}
