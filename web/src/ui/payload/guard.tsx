/** An error boundary with a fallback, so that one failed rendering does not break the page. */
import { Component, type ReactNode } from "react";

interface GuardProps {
  children: ReactNode;
  otherwise: ReactNode;
}

export class Guard extends Component<GuardProps, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidCatch(error: unknown) {
    console.warn("Shown as raw JSON: rendering failed", error);
  }

  override render() {
    return this.state.failed ? this.props.otherwise : this.props.children;
  }
}
