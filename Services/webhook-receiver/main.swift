print("webhook-receiver")
