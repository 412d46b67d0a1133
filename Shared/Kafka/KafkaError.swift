/// What can go wrong between us and Kafka. A broker that is away is not among it: the wrapper outlives that.
package enum KafkaError: Error, Equatable, Sendable {
    /// A setting librdkafka does not take; the text names the setting, never its value.
    case configuration(String)
    case cannotStart(String)
    /// At least one record of a batch was not made durable. The others may be: send again only what may come
    /// twice.
    case notDelivered(count: Int, of: Int, reason: String)
    /// No broker answered a question in time, or it refused; librdkafka's own name of the error.
    case unavailable(String)
    case stopped
}

/// What librdkafka reports beside results: for the log, never for control.
package struct KafkaNotice: Sendable {
    package enum Level: Sendable { case debug, info, warning, error }

    package let level: Level
    package let client: String
    /// librdkafka's own name of the error, for example `_ALL_BROKERS_DOWN`; nil for its log lines.
    package let code: String?
    package let text: String
}
