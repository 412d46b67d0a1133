import EventBus
import Kafka
import Models
import Runtime
import Storage

/// What is measured of the platform besides messages.
enum PlatformMeasures {
    /// Who reads what, and must not fall behind.
    private static let groups: [(name: String, topic: Topic)] = [
        ("dispatcher", .dispatch), ("webhook-receiver", .webhooks), ("alerter", .alerts),
    ]
    private static let answerWithin = Duration.seconds(10)

    /// Each group by its name.
    static func lag(_ kafka: KafkaProbe, _ bus: BusSettings) -> Measuring.Extra {
        Measuring.Extra(name: "consumer lag") { now in
            var lags: [Measurement] = []
            for (name, topic) in groups {
                let lag = try await kafka.lag(
                    of: "\(bus.prefix)-\(name)", in: [bus.topic(topic)], within: answerWithin)
                lags.append(
                    Measurement(.consumerLag, MetricScope(subject: name), at: now, value: Double(lag), sample: lag))
            }
            return lags
        }
    }

    static func disks(_ paths: [String]) -> Measuring.Extra {
        Measuring.Extra(name: "disks") { now in
            paths.compactMap { path in
                DiskSpace.freeShare(at: path).map {
                    Measurement(.diskFreeShare, MetricScope(subject: path), at: now, value: $0, sample: 1)
                }
            }
        }
    }

    /// As the last round of asking found it: for the history.
    static func endpoints(_ store: UptimeStore) -> Measuring.Extra {
        Measuring.Extra(name: "endpoints") { now in
            UptimeRound.measurements(of: try await store.endpoints(), at: now)
        }
    }
}
