import { mount } from "svelte";

import App from "./App.svelte";
import "./styles/base.css";
import "./styles/console.css";
import "./styles/side.css";

const target = document.getElementById("app");
if (target) mount(App, { target });
