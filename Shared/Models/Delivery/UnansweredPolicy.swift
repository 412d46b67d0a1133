/// What the tenant wants when nobody can say whether the provider took a message.
package enum UnansweredPreference: String, CaseIterable, Hashable, Sendable {
    case preferNoDuplicate = "prefer_no_duplicate"
    case preferDelivery = "prefer_delivery"
}

/// Waits for a receipt to settle an unanswered attempt, then decides by the tenant's written preference.
package struct UnansweredPolicy: Hashable, Sendable {
    package struct Rule: Hashable, Sendable {
        package let wait: Duration
        package let preference: UnansweredPreference

        package init(wait: Duration, preference: UnansweredPreference) {
            precondition(wait >= .zero)
            self.wait = wait
            self.preference = preference
        }
    }

    package enum Decision: Hashable, Sendable {
        case wait(until: Timestamp)
        case resend
        case giveUp
    }

    package let authentication: Rule
    package let utility: Rule
    package let marketing: Rule

    /// A second login code does no harm; a second advertisement does.
    package static let standard = UnansweredPolicy(
        authentication: Rule(wait: .seconds(180), preference: .preferDelivery),
        utility: Rule(wait: .seconds(300), preference: .preferNoDuplicate),
        marketing: Rule(wait: .seconds(900), preference: .preferNoDuplicate)
    )

    package init(authentication: Rule, utility: Rule, marketing: Rule) {
        self.authentication = authentication
        self.utility = utility
        self.marketing = marketing
    }

    package func rule(for category: TemplateCategory) -> Rule {
        switch category {
        case .authentication: authentication
        case .utility: utility
        case .marketing: marketing
        }
    }

    package static let waitMax: Duration = .seconds(86_400)

    /// The same with one category's rule as a tenant wrote it; what it left out stays, what is out of bounds is brought
    /// back into them.
    package func setting(
        wait: Duration?, preference: UnansweredPreference?, for category: TemplateCategory
    ) -> UnansweredPolicy {
        func rule(_ other: TemplateCategory) -> Rule {
            let old = self.rule(for: other)
            if other != category { return old }
            return Rule(
                wait: min(max(wait ?? old.wait, .zero), Self.waitMax), preference: preference ?? old.preference)
        }
        return UnansweredPolicy(
            authentication: rule(.authentication), utility: rule(.utility), marketing: rule(.marketing))
    }

    /// After the expiry there is no resend: what is not wanted any more is not risked twice.
    package func decide(
        category: TemplateCategory,
        now: Timestamp,
        unansweredSince: Timestamp,
        expiresAt: Timestamp
    ) -> Decision {
        let rule = rule(for: category)
        let until = unansweredSince + rule.wait
        if now < until { return .wait(until: until) }
        if now >= expiresAt { return .giveUp }
        return switch rule.preference {
        case .preferDelivery: .resend
        case .preferNoDuplicate: .giveUp
        }
    }

    /// For tests that shorten the clock.
    package func scaled(by factor: Double) -> UnansweredPolicy {
        func scaled(_ rule: Rule) -> Rule { Rule(wait: rule.wait * factor, preference: rule.preference) }
        return UnansweredPolicy(
            authentication: scaled(authentication),
            utility: scaled(utility),
            marketing: scaled(marketing)
        )
    }
}
