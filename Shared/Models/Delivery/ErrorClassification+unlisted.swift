extension ErrorClassification {
    /// A code that no table lists. A refusal from inside the provider heals; what blames the request is a person's
    /// work, after two more tries.
    ///
    /// - Parameter provider: its name, for people.
    static func unlisted(code: Int, httpStatus: Int, by provider: String) -> ErrorClassification {
        if httpStatus >= 500 {
            return ErrorClassification(
                code: code,
                class: .retry,
                scope: .message,
                who: .nobody,
                isUnlisted: true,
                title: "Unknown error",
                explanation: "\(provider) had a problem of its own and did not take the message.",
                remedy: "Nothing: Tidings tries again."
            )
        }
        return ErrorClassification(
            code: code,
            class: .unknown,
            scope: .message,
            who: .platform,
            isUnlisted: true,
            title: "Unknown error",
            explanation: "\(provider) refused the message with an error that is not known yet.",
            remedy: "The platform's operator looks the code up and adds it to the table."
        )
    }
}
