// From nothing to the first request of stripe.
import Stripe from "stripe";
import { finish } from "../finish.mjs";

const stripe = new Stripe("sk_test_token", { httpClient: Stripe.createFetchHttpClient(finish), telemetry: false });
await stripe.customers.retrieve("cus_1");
