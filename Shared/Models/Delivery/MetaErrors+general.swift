extension MetaErrors {
    /// Errors of Meta's Graph API as a whole, and the limits of an account.
    ///
    /// Tokens belong to tenants here, so a refused token stops one account and never everybody.
    static let generalRows: [ErrorClassification] = [
        ErrorClassification(
            code: 0,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Access token refused",
            explanation: """
                WhatsApp no longer accepts the account's access token, so nothing can be sent until it is \
                replaced.
                """,
            remedy: """
                Create a new permanent access token in Meta Business Manager and enter it in the settings.
                """
        ),
        ErrorClassification(
            code: 1,
            class: .retry,
            scope: .message,
            wait: .seconds(30),
            retriesMax: 3,
            who: .nobody,
            title: "Unknown API error",
            explanation: "WhatsApp could not handle the request and did not say why.",
            remedy: "Nothing at first: Tidings tries again. If it stays, check Meta's status page."
        ),
        ErrorClassification(
            code: 2,
            class: .retry,
            scope: .message,
            who: .nobody,
            title: "API temporarily unavailable",
            explanation: "WhatsApp's service was down or overloaded for a moment.",
            remedy: "Nothing: Tidings tries again."
        ),
        ErrorClassification(
            code: 3,
            class: .platform,
            scope: .app,
            who: .platform,
            title: "API capability missing",
            explanation: "The platform's app may not use this part of WhatsApp's API.",
            remedy: "The platform's operator checks the app's capabilities at Meta."
        ),
        ErrorClassification(
            code: 4,
            class: .throttle,
            scope: .app,
            wait: .seconds(60),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .platform,
            title: "App call limit reached",
            explanation: """
                The platform has made too many calls to WhatsApp in a short time; the message waits its \
                turn.
                """,
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 10,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Permission denied",
            explanation: """
                The access token lacks a permission that sending needs, or the permission was taken away.
                """,
            remedy: "Grant whatsapp_business_messaging to the token's system user in Meta Business Manager."
        ),
        ErrorClassification(
            code: 17,
            class: .throttle,
            scope: .app,
            wait: .seconds(60),
            waitFactor: 2,
            waitMax: .seconds(300),
            who: .platform,
            title: "User call limit reached",
            explanation: "Too many calls were made to Meta's API for this user; the message waits its turn.",
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 32,
            class: .throttle,
            scope: .app,
            wait: .seconds(60),
            waitFactor: 2,
            waitMax: .seconds(300),
            who: .platform,
            title: "Page call limit reached",
            explanation: "Too many calls were made to Meta's API for this page; the message waits its turn.",
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 33,
            class: .sender,
            scope: .sender,
            who: .tenant,
            title: "Phone number id unknown",
            explanation: "WhatsApp does not know the sending number any more; it may have been deleted.",
            remedy: """
                Check the phone number id in the sender's settings, and that the number still exists in \
                WhatsApp Manager.
                """
        ),
        ErrorClassification(
            code: 100,
            subcode: 33,
            class: .fail,
            scope: .account,
            who: .tenant,
            title: "Object not visible to the token",
            explanation: "The access token cannot see the sending number or the account it belongs to.",
            remedy: """
                Check the phone number id, and that the token belongs to the same WhatsApp Business account.
                """
        ),
        ErrorClassification(
            code: 100,
            class: .fail,
            scope: .message,
            who: .tenant,
            title: "Invalid parameter",
            explanation: """
                Something in the message is not as WhatsApp wants it: a value is misspelt, too long or does \
                not fit.
                """,
            remedy: "Read the details WhatsApp gave, correct the message and send it anew."
        ),
        ErrorClassification(
            code: 102,
            class: .account,
            scope: .account,
            who: .platform,
            title: "API session invalid",
            explanation: "The platform's session with WhatsApp is not valid any more.",
            remedy: "The platform's operator renews the credentials."
        ),
        ErrorClassification(
            code: 104,
            class: .account,
            scope: .account,
            who: .platform,
            title: "Access token or app proof missing",
            explanation: "WhatsApp received a request without valid proof of who sends it.",
            remedy: "The platform's operator checks the token and the app secret."
        ),
        ErrorClassification(
            code: 190,
            subcode: 460,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Access token invalid after a password change",
            explanation: "The access token ended because its owner changed the password.",
            remedy: "Create a new permanent access token for a system user and enter it in the settings."
        ),
        ErrorClassification(
            code: 190,
            subcode: 463,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Access token expired",
            explanation: "The access token has expired, so nothing can be sent until it is replaced.",
            remedy: "Create a new permanent access token for a system user and enter it in the settings."
        ),
        ErrorClassification(
            code: 190,
            subcode: 467,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Access token revoked",
            explanation: "The access token was revoked, so nothing can be sent until it is replaced.",
            remedy: "Create a new permanent access token for a system user and enter it in the settings."
        ),
        ErrorClassification(
            code: 190,
            class: .account,
            scope: .account,
            who: .tenant,
            title: "Access token invalid",
            explanation: """
                The access token is expired or invalid, so nothing can be sent until it is replaced.
                """,
            remedy: "Create a new permanent access token for a system user and enter it in the settings."
        ),
        ErrorClassification(
            code: 200,
            class: .account,
            scope: .account,
            who: .platform,
            title: "App id or permission missing",
            explanation: "WhatsApp received a request without a valid token or app id.",
            remedy: "The platform's operator checks how the token is handed over."
        ),
        ErrorClassification(
            code: 368,
            class: .account,
            scope: .account,
            wait: .seconds(3_600),
            who: .tenant,
            title: "Account restricted for policy violations",
            explanation: """
                WhatsApp has restricted or disabled the business account because it broke a policy.
                """,
            remedy: """
                Open WhatsApp Manager, read the violation, and appeal or wait until the restriction ends.
                """
        ),
        ErrorClassification(
            code: 613,
            class: .throttle,
            scope: .app,
            wait: .seconds(60),
            waitFactor: 2,
            waitMax: .seconds(300),
            who: .platform,
            title: "Custom call limit reached",
            explanation: "Too many calls were made to Meta's API; the message waits its turn.",
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 80_007,
            class: .throttle,
            scope: .account,
            wait: .seconds(300),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .nobody,
            title: "Account rate limit reached",
            explanation: """
                The WhatsApp Business account has reached its rate limit; the message waits its turn.
                """,
            remedy: "Nothing: Tidings slows down and sends it later."
        ),
        ErrorClassification(
            code: 80_008,
            class: .throttle,
            scope: .accountManagement,
            wait: .seconds(300),
            waitFactor: 2,
            waitMax: .seconds(3_600),
            who: .nobody,
            title: "Management rate limit reached",
            explanation: """
                The account's settings and templates were read or changed too often; sending is not \
                affected.
                """,
            remedy: "Nothing: Tidings reads them again later."
        ),
    ]
}
