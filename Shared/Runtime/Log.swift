internal import Glibc
internal import Synchronization

package enum LogLevel: String, CaseIterable, Comparable, Sendable {
    case debug, info, warning, error

    var rank: UInt8 {
        switch self {
        case .debug: 0
        case .info: 1
        case .warning: 2
        case .error: 3
        }
    }

    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

package typealias LogFields = KeyValuePairs<String, String>

/// One JSON line on standard output per call: a fixed sentence, and what varies in fields.
///
/// Tenant and message ids belong in the fields; a phone number in full, a body, a token or a key never does. Within a
/// request or a message that is traced, the line names its trace.
package enum Log {
    private static let levelMin = Atomic<UInt8>(levelFromEnvironment().rank)
    private static let service = Mutex("tidings")

    /// Names the service in every line. The level stays what `LOG_LEVEL` says unless it is given here.
    package static func bootstrap(service name: String, level: LogLevel? = nil) {
        service.withLock { $0 = name }
        if let level { levelMin.store(level.rank, ordering: .relaxed) }
    }

    package static func debug(_ sentence: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        if isWritten(.debug) { write(.debug, sentence, fields()) }
    }

    package static func info(_ sentence: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        if isWritten(.info) { write(.info, sentence, fields()) }
    }

    package static func warning(_ sentence: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        if isWritten(.warning) { write(.warning, sentence, fields()) }
    }

    package static func error(_ sentence: StaticString, _ fields: @autoclosure () -> LogFields = [:]) {
        if isWritten(.error) { write(.error, sentence, fields()) }
    }

    package static func isWritten(_ level: LogLevel) -> Bool {
        level.rank >= levelMin.load(ordering: .relaxed)
    }

    private static func write(_ level: LogLevel, _ sentence: StaticString, _ fields: LogFields) {
        let service = service.withLock { $0 }
        let line = LogLine.bytes(
            at: SystemClock.now(),
            level: level,
            service: service,
            sentence: sentence,
            fields: fields,
            trace: Tracer.current
        )
        writeWhole(line)
    }

    /// One write for the whole line, so that lines of several threads do not mix. Only a full pipe cuts it.
    private static func writeWhole(_ line: [UInt8]) {
        line.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(
                    STDOUT_FILENO,
                    buffer.baseAddress?.advanced(by: written),
                    buffer.count - written
                )
                if count < 0, errno == EINTR { continue }
                // Nobody reads any more: a service must not die of its log.
                guard count > 0 else { return }
                written += count
            }
        }
    }

    private static func levelFromEnvironment() -> LogLevel {
        guard let word = getenv("LOG_LEVEL").map({ String(cString: $0).lowercased() }) else { return .info }
        return LogLevel(rawValue: word) ?? .info
    }
}
