import Glibc
import JSON

/// What a person reads.
enum Terminal {
    static let isInteractive = isatty(STDOUT_FILENO) == 1

    enum Colour: String {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case grey = "90"
    }

    static func coloured(_ text: String, _ colour: Colour) -> String {
        isInteractive && getenv("NO_COLOR") == nil ? "\u{1B}[\(colour.rawValue)m\(text)\u{1B}[0m" : text
    }

    static func colour(ofStatus status: String) -> Colour {
        switch status {
        case "delivered", "read", "approved", "active": .green
        case "failed", "undelivered", "expired", "rejected", "disabled", "deleted": .red
        case "held", "unanswered", "waiting", "paused", "pending", "suspended": .yellow
        default: .grey
        }
    }

    /// Columns as wide as their widest entry; the last one runs on.
    static func table(_ rows: [[String]]) {
        guard let columns = rows.first?.count else { return }
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
            var line = ""
            for (column, text) in row.enumerated() {
                let padded = column == columns - 1 ? text : text.padded(to: widths[column] + 2)
                line += coloured(padded, columnColour(text))
            }
            print(line)
        }
        flush()
    }

    private static func columnColour(_ text: String) -> Colour {
        colour(ofStatus: text)
    }

    static func flush() { fflush(nil) }

    static func complain(_ what: String, _ remedy: String) {
        writeError("\(coloured("tidings:", .red)) \(what)\n  \(remedy)\n")
    }

    static func writeError(_ text: String) {
        let bytes = Array(text.utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// What is asked with yes or no; without a terminal the answer is no.
    static func confirms(_ question: String) -> Bool {
        guard isatty(STDIN_FILENO) == 1 else { return false }
        print(question + " [y/N] ", terminator: "")
        flush()
        return readLine()?.lowercased().hasPrefix("y") ?? false
    }
}

extension String {
    func padded(to width: Int) -> String {
        count >= width ? self : self + String(repeating: " ", count: width - count)
    }
}

extension JSONValue {
    /// A member's text; numbers and words as they are written, nothing for null.
    func text(_ key: String) -> String {
        guard let value = self[key], !value.isNull else { return "" }
        return value.string ?? String(decoding: value.serialized(), as: UTF8.self)
    }
}
