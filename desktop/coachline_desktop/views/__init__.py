"""What is seen: widgets that take state values, paint them, and say what somebody wants. They decide nothing."""
