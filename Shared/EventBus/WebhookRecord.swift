package import Kafka
package import Models
internal import Runtime

/// A provider's request, verified, as it came: durable before the provider gets its 200.
///
/// The only record that carries content. The value is the raw body; the facts about it are Kafka headers.
package struct WebhookRecord: Sendable, Equatable, BusRecord {
    package static let version = "webhook.v1"
    package static let topic = Topic.webhooks
    package static let headersMax = 16
    package static let headerBytesMax = 1_024

    package struct Header: Sendable, Equatable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package let provider: String
    /// The provider's name of the account, by which records keep their order; the key.
    package let account: String
    package let receivedAt: Timestamp
    /// What the applying half needs to know of the request, for example which secret verified it. Never a
    /// secret.
    package let headers: [Header]
    package let body: [UInt8]

    package init(
        provider: String,
        account: String,
        receivedAt: Timestamp,
        headers: [Header] = [],
        body: [UInt8]
    ) {
        precondition(headers.count <= Self.headersMax, "too many headers kept")
        self.provider = provider
        self.account = account
        self.receivedAt = receivedAt
        self.headers = headers
        self.body = body
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    package init(decoding record: ConsumedRecord) throws(BusError) {
        let version = record.header("version").map { String(decoding: $0, as: UTF8.self) }
        guard version == Self.version else { throw .unknownVersion(version.flatMap(sayable)) }
        guard let provider = record.header("provider").flatMap(text), !provider.isEmpty else {
            throw .field("provider")
        }
        guard let account = record.key.flatMap(text) else { throw .field("key") }
        guard let received = record.header("received-at").flatMap(text).flatMap(Int64.init), received >= 0
        else {
            throw .field("received-at")
        }
        var headers: [Header] = []
        for (name, value) in record.headers where name.hasPrefix(Self.headerPrefix) {
            guard headers.count < Self.headersMax, let value = text(value) else { throw .field("headers") }
            headers.append(Header(String(name.dropFirst(Self.headerPrefix.count)), value))
        }
        self.init(
            provider: provider,
            account: account,
            receivedAt: Timestamp(microseconds: received),
            headers: headers,
            body: record.value
        )
    }

    package func record(prefix: String) -> KafkaRecord {
        var facts: [(String, [UInt8])] = [
            ("version", Array(Self.version.utf8)),
            ("provider", Array(provider.utf8)),
            ("received-at", Array("\(receivedAt.microseconds)".utf8)),
        ]
        for header in headers { facts.append((Self.headerPrefix + header.name, Array(header.value.utf8))) }
        if let trace = Tracer.current { facts += trace.headers }
        return KafkaRecord(
            topic: Self.topic.name(prefix: prefix),
            key: Array(account.utf8),
            value: body,
            headers: facts
        )
    }

    private static let headerPrefix = "fact."
}

private func text(_ bytes: [UInt8]) -> String? {
    guard bytes.count <= WebhookRecord.headerBytesMax else { return nil }
    return String(validating: bytes, as: UTF8.self)
}
