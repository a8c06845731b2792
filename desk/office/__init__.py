"""The office of the portal: who did, saw and exported what, what is kept how long, what the machine is at, who may do
what, and which services stand on the phones. For staff, without a programmer (docs/administration.md)."""
