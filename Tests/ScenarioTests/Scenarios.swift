import Testing

/// Every scenario starts a whole system: one after another, so that each has the machine to itself.
@Suite(.serialized, .tags(.scenario)) enum Scenarios {}

extension Tag {
    @Tag static var scenario: Self
}
