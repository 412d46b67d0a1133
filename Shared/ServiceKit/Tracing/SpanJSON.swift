internal import JSON
internal import Models
package import Runtime

/// Spans as OTLP 1.x writes them in JSON: ids in hexadecimal digits, 64-bit numbers as texts, enumerations as numbers.
package enum SpanJSON {
    /// An `ExportTraceServiceRequest`.
    ///
    /// - Parameter instance: tells copies of one service apart.
    package static func request(_ spans: [Span], service: String, instance: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 512 + spans.count * 768)
        writer.object { writer in
            one("resourceSpans", in: &writer) { writer in
                writer.field("resource", object: { resource in
                    let facts: Span.Attributes = [
                        ("service.name", .text(service)), ("service.namespace", .text("tidings")),
                        ("service.instance.id", .text(instance)), ("telemetry.sdk.language", .text("swift")),
                    ]
                    write(facts, into: &resource)
                })
                one("scopeSpans", in: &writer) { writer in
                    writer.field("scope", object: { $0.field("name", "tidings") })
                    writer.field("spans", array: { list in
                        for span in spans { list.object { write(span, into: &$0) } }
                    })
                }
            }
        }
        return writer.bytes
    }

    private static func one(
        _ name: StaticString, in writer: inout JSONWriter, _ body: (inout JSONWriter) -> Void
    ) {
        writer.field(name, array: { $0.object(body) })
    }

    private static func write(_ span: Span, into writer: inout JSONWriter) {
        write(span.context, into: &writer)
        writer.field("parentSpanId", span.parent?.description)
        writer.field("name", span.name)
        writer.field("kind", span.kind.rawValue)
        writer.field("startTimeUnixNano", nanoseconds(span.startedAt))
        writer.field("endTimeUnixNano", nanoseconds(max(span.startedAt, span.endedAt)))
        write(span.attributes, into: &writer)
        if !span.links.isEmpty {
            writer.field("links", array: { list in
                for link in span.links { list.object { write(link, into: &$0) } }
            })
        }
        writer.field("status", object: { status in
            guard let failure = span.failure else { return }
            status.field("message", failure)
            status.field("code", errorStatus)
        })
    }

    private static let errorStatus = 2

    private static func write(_ context: TraceContext, into writer: inout JSONWriter) {
        writer.field("traceId", context.traceID.description)
        writer.field("spanId", context.spanID.description)
        if !context.state.isEmpty { writer.field("traceState", context.state) }
        writer.field("flags", context.isSampled ? 1 : 0)
    }

    private static func write(_ attributes: Span.Attributes, into writer: inout JSONWriter) {
        writer.field("attributes", array: { list in
            for (name, value) in attributes {
                list.object { attribute in
                    attribute.field("key", name.description)
                    attribute.field("value", object: { writer in
                        switch value {
                        case .text(let text): writer.field("stringValue", text)
                        case .integer(let number): writer.field("intValue", "\(number)")
                        }
                    })
                }
            }
        })
    }

    private static func nanoseconds(_ instant: Timestamp) -> String { "\(instant.microseconds)000" }
}
