/// A value that must not be seen: whoever prints, interpolates or dumps it gets dots.
package struct Secret: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    private let value: String

    package init(_ value: String) {
        self.value = value
    }

    /// The value itself, for the one call that needs it. Never for a log line.
    package func reveal() -> String { value }

    package var description: String { "••••••" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
