/// How often something answered, of how often it was asked.
package struct Availability: Hashable, Sendable {
    package private(set) var checks: Int64 = 0
    package private(set) var up: Int64 = 0

    package init() {}

    package init(checks: Int64, up: Int64) {
        self.checks = checks
        self.up = up
    }

    package mutating func add(_ other: Availability) {
        checks += other.checks
        up += other.up
    }

    /// Nil when nobody asked.
    package var share: Double? { checks > 0 ? Double(up) / Double(checks) : nil }

    /// For colours beside the figure.
    package enum Level: String, Hashable, Sendable {
        case unknown
        case up
        /// At least 99 %.
        case brief
        case down
    }

    package var level: Level {
        guard let share else { return .unknown }
        return share == 1 ? .up : share >= 0.99 ? .brief : .down
    }
}
