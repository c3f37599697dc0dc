import Stripe from "stripe";

const stripe = new Stripe("sk_test_token", {
  httpClient: Stripe.createFetchHttpClient(),
  telemetry: false,
});
await stripe.customers.create({
  name: "Anna Muster",
  email: "anna@example.ch",
});
