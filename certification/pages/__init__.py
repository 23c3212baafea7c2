"""What the operators' pages of calls, budget and certification show."""
