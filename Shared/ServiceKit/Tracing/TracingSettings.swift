package import Models
package import Runtime

/// Where spans go, under the names that OpenTelemetry gives them everywhere.
package struct TracingSettings: Sendable {
    /// The collector's address, `/v1/traces` included. Nil: nothing is traced.
    package let url: String?
    package let headers: [(name: String, value: Secret)]
    /// Of the traces that begin with us; a caller's own decision holds for what it calls.
    package let sampling: TraceSampling
    /// What outside tools call this process.
    package let serviceName: String

    package init(_ reader: SettingsReader, service: String) {
        url = reader.optionalURL("OTEL_EXPORTER_OTLP_ENDPOINT").map { $0 + "/v1/traces" }
        serviceName = reader.text("OTEL_SERVICE_NAME", default: service)
        headers = Self.headers(reader)
        sampling = TraceSampling(ratio: Self.ratio(reader))
    }

    private static func ratio(_ reader: SettingsReader) -> Double {
        guard let text = reader.optionalText("OTEL_TRACES_SAMPLER_ARG") else { return 1 }
        guard let ratio = Double(text), (0...1).contains(ratio) else {
            reader.note("OTEL_TRACES_SAMPLER_ARG", "must be a number from 0 to 1")
            return 1
        }
        return ratio
    }

    /// `name=value,name=value` with percent signs in the values; they may hold a collector's key.
    private static func headers(_ reader: SettingsReader) -> [(name: String, value: Secret)] {
        let given = reader.optionalSecret("OTEL_EXPORTER_OTLP_HEADERS")?.reveal() ?? ""
        return given.split(separator: ",").compactMap { pair in
            let halves = pair.split(separator: "=", maxSplits: 1)
            guard halves.count == 2, let value = decoded(halves[1]) else {
                reader.note("OTEL_EXPORTER_OTLP_HEADERS", "is not a list of name=value")
                return nil
            }
            return (halves[0].filter { $0 != " " }, Secret(value))
        }
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Substring(text).utf8
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let value = UInt8(String(Substring(rest.prefix(2))), radix: 16) else { return nil }
            rest = rest.dropFirst(2)
            bytes.append(value)
        }
        // A line end would be a header of its own.
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
