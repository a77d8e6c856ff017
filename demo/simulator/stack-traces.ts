import type { Random } from "./random.ts";

const traces = [
  [
    "at juce::AudioProcessorGraph::RenderSequence::perform (juce_AudioProcessorGraph.cpp:412)",
    "at juce::AudioProcessorGraph::processBlock (juce_AudioProcessorGraph.cpp:1573)",
    "at whiteroom::Engine::renderPreview (Engine.cpp:288)",
    "at whiteroom::http::SongHandler::handle (SongHandler.cpp:97)",
    "at whiteroom::http::Router::dispatch (Router.cpp:141)",
  ],
  [
    "at juce::AudioPluginFormatManager::createPluginInstance (juce_AudioPluginFormatManager.cpp:118)",
    "at whiteroom::PluginHost::load (PluginHost.cpp:64)",
    "at whiteroom::ProjectLoader::restoreChannel (ProjectLoader.cpp:203)",
    "at whiteroom::ProjectLoader::load (ProjectLoader.cpp:88)",
  ],
  [
    "at juce::ValueTree::SharedObject::addChild (juce_ValueTree.cpp:309)",
    "at whiteroom::SessionStore::merge (SessionStore.cpp:171)",
    "at whiteroom::Collaboration::applyRemoteEdit (Collaboration.cpp:240)",
    "at juce::MessageManager::runDispatchLoop (juce_MessageManager.cpp:96)",
  ],
] as const;

/** A C++ stack trace, innermost frame first. */
export function stackTrace(random: Random): readonly string[] {
  return random.pick<readonly string[]>(traces);
}
